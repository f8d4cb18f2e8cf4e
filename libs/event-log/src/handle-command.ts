import { setTimeout as pause } from 'node:timers/promises';
import type { Aggregate } from './aggregate.js';
import { eventIdOf } from './event-id.js';
import type { EventLog, EventMetadata, NewEvent } from './event-log.js';
import { loadState, type LoadedState } from './load-state.js';
import { SNAPSHOT_EVERY_EVENTS, type Snapshots } from './snapshots.js';
import type { StateCache } from './state-cache.js';

/** A stream this contended needs another design, not more attempts. */
export const CONFLICT_ATTEMPTS_MAX = 8;
/** After a conflict the next attempt waits a random time up to 2 ms, doubled each time up to this: writers in other processes get out of step. */
export const CONFLICT_PAUSE_MS_MAX = 100;

export type CommandContext = EventMetadata & { readonly commandId: string };

export type HandleCommandOptions<State> = {
  readonly cache?: StateCache<State>;
  readonly snapshots?: Snapshots;
  /** Told when a snapshot could not be written; the command is not affected. */
  readonly onSnapshotError?: (error: unknown) => void;
};

/** `revision` and `position` are those of the last event the command wrote; -1 and 0 when it wrote none. */
export type CommandOutcome<Event, Rejection> =
  | { readonly accepted: readonly Event[]; readonly revision: number; readonly position: number }
  | { readonly rejected: Rejection };

/**
 * Read, decide, append at the revision that was read; on a conflict again, a bounded number of times.
 *
 * A repeated `commandId` writes nothing twice: it answers with the events it wrote the first time, however far the
 * stream has moved on. Throws ContendedStreamError, CommandTooLargeError, and what the log throws.
 */
export async function handleCommand<State, Command, Event, Rejection>(
  log: EventLog,
  aggregate: Aggregate<State, Command, Event, Rejection>,
  streamId: string,
  command: Command,
  context: CommandContext,
  options: HandleCommandOptions<State> = {},
): Promise<CommandOutcome<Event, Rejection>> {
  for (let attempt = 1; attempt <= CONFLICT_ATTEMPTS_MAX; attempt++) {
    const loaded = await loadState(log, aggregate, streamId, options);
    const earlier = await writtenBefore(log, aggregate, streamId, context.commandId);
    if (earlier !== null) return earlier;
    const decision = aggregate.decider.decide(command, loaded.state);
    if ('rejected' in decision) return decision;
    if (decision.accepted.length === 0) return { accepted: [], revision: -1, position: 0 };
    const events = decision.accepted.map((event, index): NewEvent => {
      return { ...aggregate.serialize(event), id: eventIdOf(context.commandId, streamId, index), metadata: context };
    });
    const outcome = await log.append(streamId, events, loaded.revision);
    if ('tooLarge' in outcome) throw new CommandTooLargeError(streamId, outcome.tooLarge.sizeBytes, outcome.tooLarge.sizeBytesMax);
    if ('appended' in outcome) {
      await remember(aggregate, streamId, loaded, decision.accepted, events, options);
      return { accepted: decision.accepted, ...outcome.appended };
    }
    options.cache?.delete(streamId);
    if (attempt < CONFLICT_ATTEMPTS_MAX) await pause(Math.random() * Math.min(CONFLICT_PAUSE_MS_MAX, 2 ** attempt));
  }
  throw new ContendedStreamError(streamId);
}

/** The stream changed between reading and writing every time. Nothing was written; trying later may work. */
export class ContendedStreamError extends Error {
  override readonly name = 'ContendedStreamError';
  readonly code = 'STREAM_CONTENDED';
  readonly streamId: string;

  constructor(streamId: string) {
    super(`stream ${streamId} changed under ${CONFLICT_ATTEMPTS_MAX} attempts in a row`);
    this.streamId = streamId;
  }
}

/** What the command would record is more than one append may hold. Nothing was written. */
export class CommandTooLargeError extends Error {
  override readonly name = 'CommandTooLargeError';
  readonly code = 'COMMAND_TOO_LARGE';
  readonly streamId: string;
  readonly sizeBytes: number;
  readonly sizeBytesMax: number;

  constructor(streamId: string, sizeBytes: number, sizeBytesMax: number) {
    super(`the events for stream ${streamId} take ${sizeBytes} bytes of at most ${sizeBytesMax}`);
    this.streamId = streamId;
    this.sizeBytes = sizeBytes;
    this.sizeBytesMax = sizeBytesMax;
  }
}

/** Asked of the log and not of what was folded: a cached state no longer knows which commands made it. */
async function writtenBefore<State, Command, Event, Rejection>(
  log: EventLog,
  aggregate: Aggregate<State, Command, Event, Rejection>,
  streamId: string,
  commandId: string,
): Promise<CommandOutcome<Event, Rejection> | null> {
  const fromRevision = await log.findEvent(streamId, eventIdOf(commandId, streamId, 0));
  if (fromRevision === null) return null;
  const read = await log.readStream(streamId, { fromRevision });
  const accepted: Event[] = [];
  let last = { revision: -1, position: 0 };
  if ('notFound' in read) return null;
  for await (const recorded of read.found) {
    if (recorded.metadata.commandId !== commandId) break;
    accepted.push(aggregate.parse(recorded));
    last = { revision: recorded.revision, position: recorded.position };
  }
  return { accepted, ...last };
}

async function remember<State, Command, Event, Rejection>(
  aggregate: Aggregate<State, Command, Event, Rejection>,
  streamId: string,
  before: LoadedState<State>,
  accepted: readonly Event[],
  events: readonly NewEvent[],
  { cache, snapshots, onSnapshotError }: HandleCommandOptions<State>,
): Promise<void> {
  if (cache === undefined && snapshots === undefined) return;
  const state = accepted.reduce((folded, event) => aggregate.decider.evolve(folded, event), before.state);
  const revision = before.revision + accepted.length;
  cache?.set(streamId, { state, revision });
  const eventId = events.at(-1)?.id;
  const due = Math.floor((revision + 1) / SNAPSHOT_EVERY_EVENTS) > Math.floor((before.revision + 1) / SNAPSHOT_EVERY_EVENTS);
  if (!due || snapshots === undefined || aggregate.snapshot === undefined || eventId === undefined) return;
  const { version, toJson } = aggregate.snapshot;
  try {
    await snapshots.save({ streamId, version, revision, eventId, state: toJson(state) });
  } catch (error) {
    onSnapshotError?.(error);
  }
}
