import { createHash } from 'node:crypto';
import { canonicalJson } from '@slipway/domain';

/** Hashes keyed rows; they must come in the byte order of their keys. */
export function digestRows(rows: Iterable<readonly [key: string, row: unknown]>): { readonly rows: number; readonly hash: string } {
  const hash = createHash('sha256');
  let count = 0;
  for (const [key, row] of rows) {
    hash.update(`${JSON.stringify(key)} ${canonicalJson(row)}\n`);
    count++;
  }
  return { rows: count, hash: hash.digest('hex') };
}

export function byKeyBytes([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
