import type { AppendRequest } from '../append-line.js';
import { judgeAppend, type StreamView } from '../append-rules.js';
import type { AppendOutcome } from '../event-log.js';
import { chainHash, type ChainedRow } from '../hash-chain.js';

/** The end of the log, from which the next row follows. */
export type LogEnd = { readonly position: number; readonly bytesThrough: number; readonly hash: string };

export type PlannedRow = ChainedRow & { readonly bytesThrough: number; readonly hash: string };

export type StoredEvent = { readonly revision: number; readonly id: string; readonly position: number };

/** What is known of the streams a group appends to. */
export type KnownStreams = {
  /** Last revisions; -1 when there is no such stream. */
  readonly revisions: ReadonlyMap<string, number>;
  /** For each stream the stored events that a retry may be compared with, by revision. */
  readonly stored: ReadonlyMap<string, ReadonlyMap<number, StoredEvent>>;
};

/** One outcome per append, in order, each having seen those before it; and what must be written for them to come true. */
export type AppendPlan = {
  readonly outcomes: readonly AppendOutcome[];
  readonly rows: readonly PlannedRow[];
  readonly revisions: ReadonlyMap<string, number>;
  readonly end: LogEnd;
};

/** Events of a stream, from a revision on, that an append has to be compared with. */
export type StoredRange = { readonly streamId: string; readonly from: number; readonly count: number };

/** What the append may be a retry of, given the stream's last revision; null when it cannot be one. */
export function retryRange({ streamId, events, expected }: AppendRequest, revision: number): StoredRange | null {
  if (events.length === 0) return revision === -1 ? null : { streamId, from: revision, count: 1 };
  if (expected === 'any' || expected === 'exists') return null;
  const believed = expected === 'none' ? -1 : expected;
  return believed >= -1 && believed < revision ? { streamId, from: believed + 1, count: events.length } : null;
}

export function planAppends(appends: readonly AppendRequest[], known: KnownStreams, from: LogEnd, nowMs: () => number): AppendPlan {
  const rows: PlannedRow[] = [];
  const revisions = new Map<string, number>();
  const planned = new Map<string, Map<number, StoredEvent>>();
  let end = from;
  const outcomes = appends.map(({ streamId, events, expected }) => {
    const view: StreamView = {
      revision: revisions.get(streamId) ?? known.revisions.get(streamId) ?? -1,
      stored: (first, count) => eventsOf([known.stored.get(streamId), planned.get(streamId)], first, count),
    };
    const judged = judgeAppend(events.map((event) => event.id), expected, view);
    if (judged !== null) return judged;
    const recordedAtMs = nowMs();
    let { revision } = view;
    const written = planned.get(streamId) ?? new Map<number, StoredEvent>();
    for (const { id, type, version, metadata, data, sizeBytes } of events) {
      const row = { position: end.position + 1, streamId, revision: ++revision, id, type, version, recordedAtMs, metadata, data };
      end = { position: row.position, bytesThrough: end.bytesThrough + sizeBytes, hash: chainHash(end.hash, row) };
      rows.push({ ...row, bytesThrough: end.bytesThrough, hash: end.hash });
      written.set(revision, { revision, id, position: row.position });
    }
    planned.set(streamId, written);
    revisions.set(streamId, revision);
    return { appended: { revision, position: end.position } };
  });
  return { outcomes, rows, revisions, end };
}

function eventsOf(sources: readonly (ReadonlyMap<number, StoredEvent> | undefined)[], first: number, count: number): StoredEvent[] {
  const events: StoredEvent[] = [];
  for (let revision = first; revision < first + count; revision++) {
    const event = sources.map((source) => source?.get(revision)).find((found) => found !== undefined);
    if (event === undefined) break;
    events.push(event);
  }
  return events;
}
