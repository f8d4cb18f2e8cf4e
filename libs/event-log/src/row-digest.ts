import { createHash } from 'node:crypto';
import { canonicalJson } from '@slipway/domain';

type KeyedRow = readonly [key: string, row: unknown];
type RowsDigest = { readonly rows: number; readonly hash: string };

/** Hashes keyed rows; they must come in the byte order of their keys. */
export function digestRows(rows: Iterable<KeyedRow>): RowsDigest {
  const digest = startDigest();
  for (const row of rows) digest.add(row);
  return digest.result();
}

/** The same of rows that come from somewhere else. */
export async function digestRowStream(rows: AsyncIterable<KeyedRow>): Promise<RowsDigest> {
  const digest = startDigest();
  for await (const row of rows) digest.add(row);
  return digest.result();
}

export function byKeyBytes([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function startDigest() {
  const hash = createHash('sha256');
  let rows = 0;
  return {
    add([key, row]: KeyedRow): void {
      hash.update(`${JSON.stringify(key)} ${canonicalJson(row)}\n`);
      rows++;
    },
    result: (): RowsDigest => ({ rows, hash: hash.digest('hex') }),
  };
}
