import type { Aggregate } from './aggregate.js';
import type { EventLogReader } from './event-log.js';
import type { Snapshots } from './snapshots.js';
import type { StateCache } from './state-cache.js';

/** `revision` -1: there is no such stream, and the state is the initial one. */
export type LoadedState<State> = { readonly state: State; readonly revision: number };

/** The state of a stream as it is now: the nearest state already folded, and what was recorded since. */
export async function loadState<State, Command, Event, Rejection>(
  log: EventLogReader,
  aggregate: Aggregate<State, Command, Event, Rejection>,
  streamId: string,
  known: { readonly cache?: StateCache<State>; readonly snapshots?: Snapshots } = {},
): Promise<LoadedState<State>> {
  const start = known.cache?.get(streamId) ?? (await fromSnapshot(log, aggregate, streamId, known.snapshots));
  let state = start === null ? aggregate.decider.initialState : start.state;
  let revision = start?.revision ?? -1;
  const read = await log.readStream(streamId, { fromRevision: revision + 1 });
  if ('notFound' in read) return { state: aggregate.decider.initialState, revision: -1 };
  for await (const page of read.found.pages())
    for (const recorded of page) {
      state = aggregate.decider.evolve(state, aggregate.parse(recorded));
      revision = recorded.revision;
    }
  known.cache?.set(streamId, { state, revision });
  return { state, revision };
}

/** Null unless the stream holds the very event the snapshot ends with. */
async function fromSnapshot<State, Command, Event, Rejection>(
  log: EventLogReader,
  { snapshot: codec }: Aggregate<State, Command, Event, Rejection>,
  streamId: string,
  snapshots: Snapshots | undefined,
): Promise<LoadedState<State> | null> {
  if (codec === undefined || snapshots === undefined) return null;
  const snapshot = await snapshots.load(streamId, codec.version);
  if (snapshot === null) return null;
  const read = await log.readStream(streamId, { fromRevision: snapshot.revision, limit: 1 });
  if ('notFound' in read) return null;
  const [last] = await Array.fromAsync(read.found);
  if (last?.id !== snapshot.eventId) return null;
  return { state: codec.fromJson(snapshot.state), revision: snapshot.revision };
}
