import { advanceProjection, buildProjection, ProjectionFailedError } from './build-projection.js';
import { unionOf } from './event-filter.js';
import type { EventLogReader, FollowMessage } from './event-log.js';
import { messageBatches } from './message-batches.js';
import { pause } from './pause.js';
import { PositionWaiters } from './position-waiters.js';
import type { AnyProjection } from './projection.js';
import { projectBatch } from './projection-batch.js';
import type { ProjectionStore } from './projection-store.js';
import { Turns } from './turns.js';

export const PROJECTION_BATCH_EVENTS_MAX = 500;
/** A checkpoint over events that changed nothing is written this seldom: losing it costs only reading them again. */
export const IDLE_CHECKPOINT_EVENTS = 5_000;
/** After the store or the log failed (a full disk, say), it is tried again after this, doubled up to the maximum. */
export const RETRY_DELAY_MS = 200;
export const RETRY_DELAY_MS_MAX = 10_000;

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

export type ProjectionRunnerOptions = {
  readonly log: EventLogReader;
  readonly store: ProjectionStore;
  readonly projections: readonly AnyProjection[];
  /** Told of every failure once; health goes on showing it. `projection` null: the store or the log failed. */
  readonly onFailure?: (failure: { readonly projection: string | null; readonly error: unknown }) => void;
};

export interface ProjectionRunner extends AsyncDisposable {
  /** Settles when every projection has passed what the log held at the start, or has stopped. */
  readonly ready: Promise<void>;
  /** True when the rows contain everything up to the position; false after the timeout, or at once if one has stopped. */
  waitFor(position: number, timeoutMs: number): Promise<boolean>;
  health(): readonly ProjectionHealth[];
  /** Builds the rows anew beside the live ones, which stay as they are until the new ones take their place. */
  rebuild(name: string): Promise<void>;
  /** Lets a stopped projection try its event again. */
  retry(name: string): void;
}

/** Keeps the rows of several projections up to date with one follower. */
export function startProjectionRunner(options: ProjectionRunnerOptions): ProjectionRunner {
  return new Runner(options);
}

type Running = { readonly projection: AnyProjection; committed: number; position: number; state: ProjectionHealth['state']; error: unknown };

class Runner implements ProjectionRunner {
  readonly ready: Promise<void>;
  readonly #options: ProjectionRunnerOptions;
  readonly #running: readonly Running[];
  readonly #closing = new AbortController();
  readonly #waiters = new PositionWaiters();
  readonly #batches = new Turns();
  /** They build in the same place. */
  readonly #builds = new Turns();
  readonly #retried = new Set<Running>();
  #becomeReady: () => void = () => undefined;
  #round = new AbortController();
  /** Of the store or the log: it concerns all. */
  #error: unknown = null;
  readonly #finished: Promise<void>;

  constructor(options: ProjectionRunnerOptions) {
    this.#options = options;
    this.#running = options.projections.map((projection) => {
      return { projection, committed: 0, position: 0, state: 'building', error: null };
    });
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    this.#finished = this.#run();
  }

  waitFor(position: number, timeoutMs: number): Promise<boolean> {
    return this.#waiters.wait(position, timeoutMs);
  }

  health(): readonly ProjectionHealth[] {
    return this.#running.map(({ projection: { name, version }, position, state, error }) => {
      const shown = error ?? this.#error;
      return { name, version, position, state, error: shown === null ? null : messageOf(shown) };
    });
  }

  rebuild(name: string): Promise<void> {
    const { log, store } = this.#options;
    const running = this.#find(name);
    return this.#builds.take(async () => {
      await buildProjection(log, store, running.projection, 'beside', await log.head(), this.#closing.signal);
      await this.#batches.take(async () => {
        const toPosition = Math.max(running.position, await log.head());
        await advanceProjection(log, store, running.projection, 'beside', toPosition, this.#closing.signal);
        await store.switchOver(running.projection);
        Object.assign(running, { committed: toPosition, position: toPosition, state: 'following', error: null });
        this.#tellWaiters();
      });
    });
  }

  retry(name: string): void {
    const running = this.#find(name);
    if (running.state !== 'stopped') return;
    this.#retried.add(running); // not yet: the present follower is further than this one stands
    this.#round.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#round.abort();
    this.#waiters.close();
    await this.#finished;
  }

  async #run(): Promise<void> {
    let delayMs = RETRY_DELAY_MS;
    while (!this.#closing.signal.aborted) {
      this.#round = new AbortController();
      try {
        await this.#start();
        await this.#follow(() => (delayMs = RETRY_DELAY_MS));
      } catch (error) {
        if (this.#closing.signal.aborted) break;
        this.#error = error;
        this.#options.onFailure?.({ projection: null, error });
        await pause(delayMs, this.#closing.signal);
        delayMs = Math.min(delayMs * 2, RETRY_DELAY_MS_MAX);
      }
    }
    this.#becomeReady();
  }

  /** Reads the checkpoints; a projection that never ran is built beside, so that nobody sees it half built. */
  async #start(): Promise<void> {
    const { log, store } = this.#options;
    const head = await log.head();
    for (const running of this.#retried) Object.assign(running, { state: 'building', error: null });
    this.#retried.clear();
    for (const running of this.#running) {
      running.committed = await store.checkpoint(running.projection, 'live');
      running.position = running.committed;
      if (running.state === 'stopped' || running.committed > 0 || head === 0) continue;
      try {
        await this.#builds.take(async () => {
          await buildProjection(log, store, running.projection, 'beside', head, this.#closing.signal);
          await store.switchOver(running.projection);
        });
        running.committed = running.position = head;
      } catch (error) {
        if (!(error instanceof ProjectionFailedError)) throw error;
        this.#stop(running, error);
      }
    }
    for (const { projection } of this.#running) await store.discardOtherVersions(projection);
  }

  async #follow(onProgress: () => void): Promise<void> {
    const after = Math.min(...this.#active().map(({ position }) => position));
    if (after === Number.POSITIVE_INFINITY) this.#becomeReady();
    const follower = this.#options.log.follow({
      after: after === Number.POSITIVE_INFINITY ? 'end' : after,
      filter: unionOf(this.#running.map(({ projection }) => projection.filter)),
      signal: this.#round.signal,
    });
    for await (const batch of messageBatches(follower, PROJECTION_BATCH_EVENTS_MAX)) {
      await this.#batches.take(() => this.#apply(batch));
      onProgress();
      if (batch.some((message) => 'caughtUp' in message)) this.#becomeReady();
    }
    await this.#batches.take(() => this.#commitIdle(1));
    if (!this.#round.signal.aborted) this.#closing.abort(); // the log was closed
  }

  async #apply(batch: readonly FollowMessage[]): Promise<void> {
    const events = batch.flatMap((message) => ('event' in message ? [message.event] : []));
    const through = Math.max(...batch.map(positionOf));
    const active = this.#active();
    const projected = await Promise.all(
      active.map(({ projection, committed, position }) => {
        const news = events.filter((event) => event.position > position);
        return projectBatch(this.#options.store, projection, 'live', committed, news, Math.max(position, through));
      }),
    );
    const changed = projected.filter(({ change, failed }) => change.puts.size > 0 || change.deletes.length > 0 || failed !== null);
    if (changed.length > 0) await this.#options.store.commit(changed.map(({ change }) => change));
    active.forEach((running, index) => {
      const batchOf = projected[index];
      if (batchOf === undefined) return;
      running.position = batchOf.change.checkpoint;
      if (changed.includes(batchOf)) running.committed = batchOf.change.checkpoint;
      if (running.state === 'building') running.state = 'following';
      const { failed } = batchOf;
      if (failed !== null) this.#stop(running, new ProjectionFailedError(running.projection.name, failed.position, failed.error));
    });
    await this.#commitIdle(IDLE_CHECKPOINT_EVENTS);
    this.#error = null;
    this.#tellWaiters();
  }

  async #commitIdle(eventsMin: number): Promise<void> {
    const idle = this.#active().filter(({ committed, position }) => position - committed >= eventsMin);
    if (idle.length === 0) return;
    const nothing = { slot: 'live' as const, puts: new Map<string, unknown>(), deletes: [] };
    const changes = idle.map(({ projection, committed, position }) => ({ ...nothing, projection, from: committed, checkpoint: position }));
    await this.#options.store.commit(changes);
    for (const running of idle) running.committed = running.position;
  }

  #stop(running: Running, error: unknown): void {
    running.state = 'stopped';
    running.error = error;
    this.#options.onFailure?.({ projection: running.projection.name, error });
    this.#tellWaiters();
  }

  #tellWaiters(): void {
    this.#waiters.passed(Math.min(...this.#active().map(({ position }) => position)), this.#active().length < this.#running.length);
  }

  #active(): Running[] {
    return this.#running.filter(({ state }) => state !== 'stopped');
  }

  #find(name: string): Running {
    const running = this.#running.find(({ projection }) => projection.name === name);
    if (running === undefined) throw new Error(`there is no projection ${name} here`);
    return running;
  }
}

function positionOf(message: FollowMessage): number {
  if ('event' in message) return message.event.position;
  return 'caughtUp' in message ? message.caughtUp : message.checkpoint;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
