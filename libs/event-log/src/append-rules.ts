import type { AppendOutcome, ExpectedRevision } from './event-log.js';

export const APPEND_BYTES_MAX = 1_048_576; // as EventStoreDB's default, so that a log can move there

/** What an append is judged by: the stream as it is now. */
export type StreamView = {
  /** -1 when there is no such stream. */
  readonly revision: number;
  /** Ids and positions of the stored events from this revision on, at most `count`, in order. */
  stored(fromRevision: number, count: number): readonly { readonly id: string; readonly position: number }[];
};

/**
 * Null: write the events after `stream.revision`. Otherwise the outcome without writing, as EventStoreDB has it:
 * an old expectation whose following events carry exactly the given ids is a retry and succeeds with the original numbers.
 */
export function judgeAppend(ids: readonly string[], expected: ExpectedRevision, stream: StreamView): AppendOutcome | null {
  const { revision } = stream;
  const conflict = { conflict: { actualRevision: revision } };
  if (expected === 'exists' && revision === -1) return conflict;
  if (expected === 'any' || expected === 'exists') return ids.length === 0 ? lastOf(stream) : null;
  const believed = expected === 'none' ? -1 : expected;
  if (believed === revision) return ids.length === 0 ? lastOf(stream) : null;
  if (believed > revision || believed < -1 || ids.length === 0) return conflict;
  const stored = stream.stored(believed + 1, ids.length);
  const last = stored[ids.length - 1];
  const same = last !== undefined && stored.every((event, index) => event.id === ids[index]);
  return same ? { appended: { revision: believed + ids.length, position: last.position } } : conflict;
}

/** An append of nothing that meets its expectation: nothing is written, and the stream's last numbers answer. */
function lastOf(stream: StreamView): AppendOutcome {
  const position = stream.revision === -1 ? 0 : (stream.stored(stream.revision, 1)[0]?.position ?? 0);
  return { appended: { revision: stream.revision, position } };
}
