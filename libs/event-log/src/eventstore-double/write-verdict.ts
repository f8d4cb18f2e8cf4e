import { NO_STREAM_REVISION, TOMBSTONE_REVISION, type ExpectedStreamRevision } from './stored-record.js';

/** A stream as an append is judged by. */
export type JudgedStream = {
  /** -1 when nothing was ever written to it, TOMBSTONE_REVISION when it is closed for ever. */
  readonly revision: number;
  readonly softDeleted: boolean;
  readonly hasMetadata: boolean;
  stored(revision: number): { readonly id: string; readonly position: number } | undefined;
  /** The revision under which this stream lately took an event with this id: from a cache that may have forgotten it. */
  lately(id: string): number | undefined;
};

export type WriteVerdict =
  | { readonly write: true }
  | { readonly already: { readonly revision: number; readonly position: number } }
  | { readonly wrongExpectedVersion: { readonly current: number } }
  | { readonly streamDeleted: true };

/** What the server decides before it writes. */
export function judgeWrite(stream: JudgedStream, expected: ExpectedStreamRevision, ids: readonly string[]): WriteVerdict {
  const wrong = { wrongExpectedVersion: { current: stream.revision } };
  if (stream.revision === TOMBSTONE_REVISION) return { streamDeleted: true };
  if (expected === 'stream_exists') {
    if (stream.softDeleted) return { streamDeleted: true };
    if (stream.revision === NO_STREAM_REVISION && !stream.hasMetadata) return wrong;
  }
  if (expected === 'any' || expected === 'stream_exists') return judgeByCache(stream, ids);
  const believed = expected === 'no_stream' ? NO_STREAM_REVISION : expected;
  if (believed > stream.revision) return wrong;
  if (believed === stream.revision) return { write: true };
  if (ids.length === 0) return wrong;
  for (const [index, id] of ids.entries()) {
    if (stream.stored(believed + 1 + index)?.id === id) continue;
    return index === 0 && expected === 'no_stream' && stream.softDeleted ? { write: true } : wrong;
  }
  return alreadyAt(stream, believed + ids.length);
}

/** Without an expected number only the cache can tell a retry: all ids known is one, some known is a conflict. */
function judgeByCache(stream: JudgedStream, ids: readonly string[]): WriteVerdict {
  let last: number | undefined;
  for (const [index, id] of ids.entries()) {
    const revision = stream.lately(id);
    if (revision === undefined) return index === 0 ? { write: true } : { wrongExpectedVersion: { current: stream.revision } };
    last = revision;
  }
  return last === undefined ? { write: true } : alreadyAt(stream, last);
}

function alreadyAt(stream: JudgedStream, revision: number): WriteVerdict {
  return { already: { revision, position: stream.stored(revision)?.position ?? -1 } };
}
