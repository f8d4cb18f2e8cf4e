import type { EventLogReader } from './event-log.js';
import type { AnyProjection } from './projection.js';
import { projectBatch } from './projection-batch.js';
import type { ProjectionSlot, ProjectionStore } from './projection-store.js';

/**
 * Builds a copy of a projection from the beginning of the log up to and including `toPosition`, replacing what the
 * copy held. Nobody else may write that copy meanwhile. Throws ProjectionFailedError when the projection cannot take an
 * event, and whatever the signal was aborted with.
 */
export async function buildProjection(
  log: EventLogReader,
  store: ProjectionStore,
  projection: AnyProjection,
  slot: ProjectionSlot,
  toPosition: number,
  signal?: AbortSignal,
): Promise<void> {
  await store.clear(projection, slot);
  await advanceProjection(log, store, projection, slot, toPosition, signal);
}

/** The same from where the copy stands. */
export async function advanceProjection(
  log: EventLogReader,
  store: ProjectionStore,
  projection: AnyProjection,
  slot: ProjectionSlot,
  toPosition: number,
  signal?: AbortSignal,
): Promise<void> {
  let from = await store.checkpoint(projection, slot);
  for await (const page of log.readAll({ after: from, filter: projection.filter }).pages()) {
    signal?.throwIfAborted();
    const events = page.filter((event) => event.position <= toPosition);
    from = await advance(store, projection, slot, from, events, events.at(-1)?.position ?? from);
    if (events.length < page.length) break;
  }
  await advance(store, projection, slot, from, [], toPosition);
}

/** The projection cannot take the event at this position: it, or the event, is wrong. */
export class ProjectionFailedError extends Error {
  override readonly name = 'ProjectionFailedError';
  readonly code = 'PROJECTION_FAILED';
  readonly projection: string;
  readonly position: number;

  constructor(projection: string, position: number, cause: unknown) {
    super(`projection ${projection} failed at position ${position}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.projection = projection;
    this.position = position;
  }
}

async function advance(
  store: ProjectionStore,
  projection: AnyProjection,
  slot: ProjectionSlot,
  from: number,
  events: Parameters<typeof projectBatch>[4],
  through: number,
): Promise<number> {
  const { change, failed } = await projectBatch(store, projection, slot, from, events, through);
  await store.commit([change]);
  if (failed !== null) throw new ProjectionFailedError(projection.name, failed.position, failed.error);
  return change.checkpoint;
}
