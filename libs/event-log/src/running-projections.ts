import { ProjectionFailedError } from './build-projection.js';
import type { FollowMessage } from './event-log.js';
import type { PositionWaiters } from './position-waiters.js';
import type { AnyProjection } from './projection.js';
import { projectBatch } from './projection-batch.js';
import { CheckpointMovedError, type ProjectionStore } from './projection-store.js';

/** A checkpoint over events that changed nothing is written this seldom: losing it costs only reading them again. */
export const IDLE_CHECKPOINT_EVENTS = 5_000;

export type ProjectionHealth = {
  readonly name: string;
  readonly version: number;
  /** Everything up to here is in the rows. */
  readonly position: number;
  /** 'stopped': it could not take the event after `position`; `retry` or a restart delivers that event again. */
  readonly state: 'building' | 'following' | 'stopped';
  /** Why it stopped, or why nobody gets on at the moment: the store or the log failed and is tried again. */
  readonly error: string | null;
};

/** `committed`: the checkpoint as the store has it; `position`: what was looked at, though it may have changed nothing. */
export type Running = { readonly projection: AnyProjection; committed: number; position: number; state: ProjectionHealth['state']; error: unknown };

/** The rows are older than they were: they were built anew, or the database was restored. Follow from where they are. */
export class ProjectionsWentBackError extends Error {
  override readonly name = 'ProjectionsWentBackError';
  readonly code = 'PROJECTIONS_WENT_BACK';
}

export type ProjectionFailure = { readonly projection: string | null; readonly error: unknown };

/**
 * How far the projections of a runner have come, and how they get on. Where several processes run the same ones, each
 * computes the same rows from the same events, and the checkpoint in the store decides whose are written: the others
 * read how far it went and go on from there.
 */
export class RunningProjections {
  readonly all: readonly Running[];
  /** Of the store or the log: what keeps all of them from getting on at the moment. */
  sharedError: unknown = null;
  readonly #store: ProjectionStore;
  readonly #waiters: PositionWaiters;
  readonly #onFailure: ((failure: ProjectionFailure) => void) | undefined;
  /** Somebody else was quicker the last time, so it may be cheaper to look before working. */
  #isBehind = false;

  constructor(
    store: ProjectionStore,
    projections: readonly AnyProjection[],
    waiters: PositionWaiters,
    onFailure: ((failure: ProjectionFailure) => void) | undefined,
  ) {
    this.#store = store;
    this.#waiters = waiters;
    this.#onFailure = onFailure;
    this.all = projections.map((projection) => ({ projection, committed: 0, position: 0, state: 'building', error: null }));
  }

  active(): Running[] {
    return this.all.filter(({ state }) => state !== 'stopped');
  }

  find(name: string): Running {
    const running = this.all.find(({ projection }) => projection.name === name);
    if (running === undefined) throw new Error(`there is no projection ${name} here`);
    return running;
  }

  health(): readonly ProjectionHealth[] {
    return this.all.map(({ projection: { name, version }, position, state, error }) => {
      const shown = error ?? this.sharedError;
      return { name, version, position, state, error: shown === null ? null : messageOf(shown) };
    });
  }

  /** Throws ProjectionsWentBackError, and whatever the store throws. */
  async take(batch: readonly FollowMessage[]): Promise<void> {
    if (this.#isBehind) await this.readAgain();
    await this.#insist(() => this.#apply(batch));
    await this.commitIdle(IDLE_CHECKPOINT_EVENTS);
    this.sharedError = null;
    this.tellWaiters();
  }

  /** Writes the checkpoint of those that passed at least so many events without a change. */
  async commitIdle(eventsMin: number): Promise<void> {
    await this.#insist(async () => {
      const idle = this.active().filter(({ committed, position }) => position - committed >= eventsMin);
      if (idle.length === 0) return;
      const nothing = { slot: 'live' as const, puts: new Map<string, unknown>(), deletes: [] };
      await this.#store.commit(idle.map(({ projection, committed, position }) => ({ ...nothing, projection, from: committed, checkpoint: position })));
      for (const running of idle) running.committed = running.position;
    });
  }

  /** How far the store has come, whoever brought it there. Throws `cause` when it is where it was. */
  async readAgain(cause?: CheckpointMovedError): Promise<void> {
    const active = this.active();
    const stored = await Promise.all(active.map(({ projection }) => this.#store.checkpoint(projection, 'live')));
    const before = active.map(({ committed }) => committed);
    active.forEach((running, index) => {
      const checkpoint = stored[index] ?? 0;
      // What lies between the checkpoint and what we looked at changed nothing, unless the rows are older than we knew.
      running.position = checkpoint < running.committed ? checkpoint : Math.max(running.position, checkpoint);
      running.committed = checkpoint;
    });
    this.tellWaiters();
    if (active.some(({ committed }, index) => committed < (before[index] ?? 0))) throw new ProjectionsWentBackError('the rows are older than they were');
    if (cause !== undefined && active.every(({ committed }, index) => committed === before[index])) throw cause;
  }

  stop(running: Running, error: unknown): void {
    running.state = 'stopped';
    running.error = error;
    this.#onFailure?.({ projection: running.projection.name, error });
    this.tellWaiters();
  }

  /** Tells those who wait how far the store has come by anybody's work, ours or not. */
  async tellStored(): Promise<void> {
    const active = this.active();
    const stored = await Promise.all(active.map(({ projection }) => this.#store.checkpoint(projection, 'live')));
    const reached = active.map(({ position }, index) => Math.max(position, stored[index] ?? 0));
    this.#waiters.passed(Math.min(...reached), active.length < this.all.length);
  }

  tellWaiters(): void {
    const active = this.active();
    this.#waiters.passed(Math.min(...active.map(({ position }) => position)), active.length < this.all.length);
  }

  async #insist(work: () => Promise<void>): Promise<void> {
    for (;;)
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof CheckpointMovedError)) throw error;
        this.#isBehind = true;
        await this.readAgain(error);
      }
  }

  async #apply(batch: readonly FollowMessage[]): Promise<void> {
    const events = batch.flatMap((message) => ('event' in message ? [message.event] : []));
    const through = Math.max(...batch.map(positionOf));
    const active = this.active();
    const projected = await Promise.all(
      active.map(({ projection, committed, position }) => {
        const news = events.filter((event) => event.position > position);
        return projectBatch(this.#store, projection, 'live', committed, news, Math.max(position, through));
      }),
    );
    const changed = projected.filter(({ change, failed }) => change.puts.size > 0 || change.deletes.length > 0 || failed !== null);
    if (changed.length > 0) {
      await this.#store.commit(changed.map(({ change }) => change));
      this.#isBehind = false;
    }
    active.forEach((running, index) => {
      const batchOf = projected[index];
      if (batchOf === undefined) return;
      running.position = batchOf.change.checkpoint;
      if (changed.includes(batchOf)) running.committed = batchOf.change.checkpoint;
      if (running.state === 'building') running.state = 'following';
      const { failed } = batchOf;
      if (failed !== null) this.stop(running, new ProjectionFailedError(running.projection.name, failed.position, failed.error));
    });
  }
}

function positionOf(message: FollowMessage): number {
  if ('event' in message) return message.event.position;
  return 'caughtUp' in message ? message.caughtUp : message.checkpoint;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
