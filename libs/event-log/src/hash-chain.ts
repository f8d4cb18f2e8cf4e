import { createHash, hash } from 'node:crypto';

/** What one row of the log says, as it is hashed. `data` and `metadata` are as stored. */
export type ChainedRow = {
  readonly position: number;
  readonly streamId: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly recordedAtMs: number;
  readonly metadata: string;
  readonly data: string | Uint8Array;
};

/** The hash before the first event. */
export const GENESIS_HASH = '0'.repeat(64);

/**
 * The hash of everything up to and including this row: sha-256 over the previous hash and the row, one field a line.
 * No field but the last can hold a line break, so two different rows never give the same text.
 */
export function chainHash(previousHash: string, row: ChainedRow): string {
  const { position, streamId, revision, id, type, version, recordedAtMs, metadata, data } = row;
  const head = `${previousHash}\n${position}\n${streamId}\n${revision}\n${id}\n${type}\n${version}\n${recordedAtMs}\n${metadata}\n`;
  if (typeof data === 'string') return hash('sha256', `${head}json\n${data}`, 'hex');
  return createHash('sha256').update(`${head}bytes\n`).update(data).digest('hex');
}
