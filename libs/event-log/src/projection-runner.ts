import { advanceProjection, buildProjection, ProjectionFailedError } from './build-projection.js';
import { unionOf } from './event-filter.js';
import type { EventLogReader } from './event-log.js';
import { messageBatches } from './message-batches.js';
import { pause } from './pause.js';
import { PositionWaiters } from './position-waiters.js';
import type { AnyProjection } from './projection.js';
import { CheckpointMovedError, type ProjectionStore } from './projection-store.js';
import { ProjectionsWentBackError, RunningProjections, type ProjectionFailure, type ProjectionHealth, type Running } from './running-projections.js';
import { Turns } from './turns.js';

export const PROJECTION_BATCH_EVENTS_MAX = 500;
/** After the store or the log failed (a full disk, say), it is tried again after this, doubled up to the maximum. */
export const RETRY_DELAY_MS = 200;
export const RETRY_DELAY_MS_MAX = 10_000;
/** Starting again because others moved the checkpoints is no failure, unless nothing else happens so many times in a row. */
export const MOVED_ROUNDS_MAX = 5;
/** In a shared store: how often somebody who waits looks whether another process has got there. */
export const STORE_LOOK_MS = 50;
/** In a shared store: how often it is looked whether the rows are as new as they were, and what may be dropped by now. */
export const STORE_INSPECT_MS = 10_000;

export type ProjectionRunnerOptions = {
  readonly log: EventLogReader;
  readonly store: ProjectionStore;
  readonly projections: readonly AnyProjection[];
  /** Told of every failure once; health goes on showing it. `projection` null: the store or the log failed. */
  readonly onFailure?: (failure: ProjectionFailure) => void;
  /** Default STORE_INSPECT_MS. */
  readonly inspectEveryMs?: number;
};

export interface ProjectionRunner extends AsyncDisposable {
  /** Settles when every projection has passed what the log held at the start, or has stopped. */
  readonly ready: Promise<void>;
  /**
   * True when the rows contain everything up to the position, whichever process wrote them; false after the timeout, or
   * at once if one has stopped.
   */
  waitFor(position: number, timeoutMs: number): Promise<boolean>;
  health(): readonly ProjectionHealth[];
  /** Builds the rows anew beside the live ones, which stay as they are until the new ones take their place. */
  rebuild(name: string): Promise<void>;
  /** Lets a stopped projection try its event again. */
  retry(name: string): void;
}

/** Keeps the rows of several projections up to date with one follower. Several processes may do so in one shared store. */
export function startProjectionRunner(options: ProjectionRunnerOptions): ProjectionRunner {
  return new Runner(options);
}

class Runner implements ProjectionRunner {
  readonly ready: Promise<void>;
  readonly #options: ProjectionRunnerOptions;
  readonly #running: RunningProjections;
  readonly #closing = new AbortController();
  readonly #waiters = new PositionWaiters();
  readonly #batches = new Turns();
  /** They build in the same place. */
  readonly #builds = new Turns();
  readonly #retried = new Set<Running>();
  #becomeReady: () => void = () => undefined;
  #round = new AbortController();
  #isWatching = false;
  #undiscarded: readonly AnyProjection[] = [];
  readonly #finished: Promise<unknown>;

  constructor(options: ProjectionRunnerOptions) {
    this.#options = options;
    this.#running = new RunningProjections(options.store, options.projections, this.#waiters, options.onFailure);
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    this.#finished = Promise.all([this.#run(), options.store.isShared === true ? this.#inspect() : null]);
  }

  waitFor(position: number, timeoutMs: number): Promise<boolean> {
    const passed = this.#waiters.wait(position, timeoutMs);
    if (this.#options.store.isShared === true && !this.#isWatching) void this.#watchStore();
    return passed;
  }

  health(): readonly ProjectionHealth[] {
    return this.#running.health();
  }

  rebuild(name: string): Promise<void> {
    const { log, store } = this.#options;
    const running = this.#running.find(name);
    const { projection } = running;
    return this.#build(projection, async (signal) => {
      await buildProjection(log, store, projection, 'beside', await log.head(), signal);
      await this.#batches.take(async () => {
        let reached = 0;
        await store.switchOver(projection, async (livePosition) => {
          reached = Math.max(livePosition, await log.head());
          await advanceProjection(log, store, projection, 'beside', reached, signal);
          return reached;
        });
        Object.assign(running, { committed: reached, position: reached, state: 'following', error: null });
        this.#running.tellWaiters();
      });
    });
  }

  retry(name: string): void {
    const running = this.#running.find(name);
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
    let movedRounds = 0;
    while (!this.#closing.signal.aborted) {
      this.#round = new AbortController();
      try {
        await this.#start();
        await this.#follow(() => {
          delayMs = RETRY_DELAY_MS;
          movedRounds = 0;
        });
      } catch (error) {
        if (this.#closing.signal.aborted) break;
        const isMove = error instanceof ProjectionsWentBackError || error instanceof CheckpointMovedError;
        if (isMove && ++movedRounds <= MOVED_ROUNDS_MAX) continue;
        this.#running.sharedError = error;
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
    for (const running of this.#running.all) {
      running.committed = await store.checkpoint(running.projection, 'live');
      running.position = running.committed;
      if (running.state === 'stopped' || running.committed > 0 || head === 0) continue;
      try {
        await this.#buildFirst(running, head);
      } catch (error) {
        if (!(error instanceof ProjectionFailedError)) throw error;
        this.#running.stop(running, error);
      }
    }
    await this.#discard(this.#options.projections);
  }

  async #buildFirst(running: Running, head: number): Promise<void> {
    const { log, store } = this.#options;
    const { projection } = running;
    await this.#build(projection, async (signal) => {
      let reached = await store.checkpoint(projection, 'live');
      if (reached === 0) {
        // Somebody else may have built it while we waited for our turn.
        await buildProjection(log, store, projection, 'beside', head, signal);
        await store.switchOver(projection, async () => head);
        reached = head;
      }
      running.committed = running.position = reached;
    });
  }

  #build(projection: AnyProjection, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { store } = this.#options;
    const { signal } = this.#closing;
    return this.#builds.take(async () => {
      if (store.exclusively === undefined) await work(signal);
      else await store.exclusively(projection, () => work(signal), signal);
    });
  }

  async #follow(onProgress: () => void): Promise<void> {
    const after = Math.min(...this.#running.active().map(({ position }) => position));
    if (after === Number.POSITIVE_INFINITY) this.#becomeReady();
    const follower = this.#options.log.follow({
      after: after === Number.POSITIVE_INFINITY ? 'end' : after,
      filter: unionOf(this.#options.projections.map((projection) => projection.filter)),
      signal: this.#round.signal,
    });
    for await (const batch of messageBatches(follower, PROJECTION_BATCH_EVENTS_MAX)) {
      await this.#batches.take(() => this.#running.take(batch));
      onProgress();
      if (batch.some((message) => 'caughtUp' in message)) this.#becomeReady();
    }
    await this.#batches.take(() => this.#running.commitIdle(1));
    if (!this.#round.signal.aborted) this.#closing.abort(); // the log was closed
  }

  async #discard(projections: readonly AnyProjection[]): Promise<void> {
    const undiscarded: AnyProjection[] = [];
    for (const projection of projections) if (!(await this.#options.store.discardOtherVersions(projection))) undiscarded.push(projection);
    this.#undiscarded = undiscarded;
  }

  async #watchStore(): Promise<void> {
    this.#isWatching = true;
    while (this.#waiters.isWaiting && !this.#closing.signal.aborted) {
      await pause(STORE_LOOK_MS, this.#closing.signal);
      // The next look may succeed, and who follows reports what is wrong.
      if (this.#waiters.isWaiting) await this.#running.tellStored().catch(() => undefined);
    }
    this.#isWatching = false;
  }

  async #inspect(): Promise<void> {
    const { inspectEveryMs = STORE_INSPECT_MS } = this.#options;
    for (;;) {
      await pause(inspectEveryMs, this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      try {
        await this.#batches.take(() => this.#running.readAgain());
        if (this.#undiscarded.length > 0) await this.#discard(this.#undiscarded);
      } catch (error) {
        if (error instanceof ProjectionsWentBackError) this.#round.abort();
      }
    }
  }
}
