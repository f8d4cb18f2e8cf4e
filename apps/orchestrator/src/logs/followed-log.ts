import { setTimeout as pause } from 'node:timers/promises';
import { parseEventAs, streams } from '@slipway/contracts';
import { replica, type ReplicaEvent } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';
import type { LogLine } from '@slipway/runtimes';
import { LineQueue } from './line-queue.js';
import type { ReadReplicaLog } from './replica-log.js';

/** How often it is looked whether more was printed, in milliseconds. */
export const LOOK_INTERVAL_MS = 250;
/** How long a full queue waits for its reader to take a line, in milliseconds, before lines are skipped. */
export const READER_WAIT_MS = 2000;

const parse = parseEventAs<ReplicaEvent>();

export type FollowedLog = {
  readonly replicaId: string;
  /** Where to begin: so many lines before the end, or after a position. */
  readonly from: { readonly tail: number } | { readonly after: number };
  /** Rejects, and the following ends with it, when there is nothing to follow. */
  readonly open: () => Promise<ReadReplicaLog>;
};

/**
 * What a replica prints, each line once and in order, over all its starts, until it is over or the reader leaves. Resolves when
 * it is settled where that begins: what is printed from then on is told, and moves no tail. The signal is the asker's, who may
 * leave before.
 */
export async function followedLog(log: EventLogReader, { replicaId, from, open }: FollowedLog, signal?: AbortSignal): Promise<LineQueue> {
  const leaving = new AbortController();
  const queue = new LineQueue(() => leaving.abort());
  const end = (error: unknown): void => queue.end(error instanceof Error ? error : new Error(String(error)));
  const begun = open().then((read) => begin(from, read, queue));
  const follow = async (): Promise<void> => {
    const beginning = await begun;
    const over = new AbortController();
    untilOver(log, replicaId, leaving.signal).then(() => over.abort(), end);
    await goOn(beginning, queue, { leaving: leaving.signal, over: over.signal });
  };
  follow().then(() => queue.end(), end);
  await begun.catch(() => undefined); // the queue tells it
  if (signal?.aborted === true) await queue.return();
  return queue;
}

type Beginning = { readonly read: ReadReplicaLog; readonly position: number };
type Signals = { readonly leaving: AbortSignal; readonly over: AbortSignal };

async function begin(from: FollowedLog['from'], read: ReadReplicaLog, queue: LineQueue): Promise<Beginning> {
  if ('after' in from) return { read, position: from.after };
  const { lines, position } = await read({ lastLines: from.tail });
  for (const line of lines) queue.push(line);
  return { read, position };
}

async function goOn({ read, position }: Beginning, queue: LineQueue, { leaving, over }: Signals): Promise<void> {
  const wake = AbortSignal.any([leaving, over]);
  let after = position;
  while (!leaving.aborted) {
    const isOver = over.aborted; // asked first: what is printed up to the end is read after it
    const page = await read({ after, withUnfinished: isOver });
    if (page.hasGap) queue.skip(1); // nobody can tell how many
    await give(queue, page.lines, leaving);
    after = page.position;
    if (page.hasMore) continue;
    if (isOver) return;
    await pause(LOOK_INTERVAL_MS, undefined, { signal: wake }).catch(() => undefined);
  }
}

/** As fast as the reader takes them. One that takes none for a while is not waited for: the queue lets its oldest lines go. */
async function give(queue: LineQueue, lines: readonly LogLine[], leaving: AbortSignal): Promise<void> {
  let isReading = true;
  for (const line of lines) {
    if (isReading && queue.isFull) {
      const taken = queue.taken().then(() => true);
      isReading = await Promise.race([taken, pause(READER_WAIT_MS, false, { signal: leaving }).catch(() => false)]);
    }
    queue.push(line);
  }
}

/** Resolves when the log of events says that it will run no more, or the reader has left. */
async function untilOver(log: EventLogReader, replicaId: string, signal: AbortSignal): Promise<void> {
  let state = replica.initialState;
  for await (const message of log.followStream(streams.replica(replicaId), { afterRevision: -1, signal })) {
    if ('event' in message) state = replica.evolve(state, parse(message.event));
    if (state.phase === 'stopped' || state.phase === 'failed') return;
  }
}
