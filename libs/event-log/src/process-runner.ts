import { systemClock, type Clock } from './clock.js';
import { EffectWorkers, type EffectRetry } from './effect-workers.js';
import type { EventLog, FollowMessage, RecordedEvent } from './event-log.js';
import { pause } from './pause.js';
import { PositionWaiters } from './position-waiters.js';
import type { ProcessDefinition } from './process-definition.js';
import { ProcessIndexKeeper } from './process-index-keeper.js';
import { ProcessInstance } from './process-instance.js';
import { isIdle, type ProcessLedger } from './process-ledger.js';
import { ProcessTimers } from './process-timers.js';
import { inSpanOf, type RunInSpan } from './run-in-span.js';
import type { Snapshots } from './snapshots.js';

/** Idle instances kept in memory beside those that owe something. */
export const INSTANCES_KEPT_MAX = 2_000;
/** A fact or timer that could not be recorded is tried again after this, doubled up to the maximum. */
export const STEP_RETRY_MS = 100;
export const STEP_RETRY_MS_MAX = 10_000;
/** How long closing waits for effects that are being performed. */
export const CLOSE_WAIT_MS = 5_000;

export type ProcessFailure = { readonly process: string; readonly key: string | null; readonly error: unknown };

export type ProcessRunnerOptions = {
  readonly log: EventLog;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** They make the next start, or another process's takeover, quick. */
  readonly snapshots?: Snapshots;
  /** Records between two indexes kept; default INDEX_EVERY_RECORDS. */
  readonly indexEveryRecords?: number;
  /** Told of every attempt that failed; all are tried again. */
  readonly onFailure?: (failure: ProcessFailure) => void;
  /** Puts the taking of facts, and performing what they call for, into the traces of those facts. */
  readonly runInSpan?: RunInSpan;
};

export type ProcessHealth = {
  readonly name: string;
  /** 'stalled': the fact after `position` cannot be taken, and is tried again and again. */
  readonly state: 'starting' | 'following' | 'stalled';
  /** Facts up to here have been taken. */
  readonly position: number;
  readonly instancesOwing: number;
  readonly timersArmed: number;
  readonly retrying: readonly EffectRetry[];
  readonly error: string | null;
};

export interface ProcessRunner extends AsyncDisposable {
  /** Settles when what was outstanding at the start is under way and all facts missed have been taken. */
  readonly ready: Promise<void>;
  /** True when every fact up to the position has been taken, though its effects may still be outstanding. */
  waitFor(position: number, timeoutMs: number): Promise<boolean>;
  health(): ProcessHealth;
}

/**
 * Runs one process of the domain: every fact is recorded in the instance's own stream together with the effects it
 * calls for, then the effects are performed, then that is recorded. So a crash between any two of these loses nothing:
 * the next start performs what is not recorded as performed and goes on after the last fact taken. One runner per process.
 */
export function startProcessRunner<State, Input, Effect extends { readonly type: string }>(
  definition: ProcessDefinition<State, Input, Effect>,
  options: ProcessRunnerOptions,
): ProcessRunner {
  return new Runner(definition, options);
}

class Runner<State, Input, Effect extends { readonly type: string }> implements ProcessRunner {
  readonly ready: Promise<void>;
  readonly #definition: ProcessDefinition<State, Input, Effect>;
  readonly #options: ProcessRunnerOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #instances = new Map<string, ProcessInstance<State, Input, Effect>>();
  readonly #workers: EffectWorkers;
  readonly #timers: ProcessTimers;
  readonly #waiters = new PositionWaiters();
  readonly #index: ProcessIndexKeeper;
  readonly #finished: Promise<void>;
  #becomeReady: () => void = () => undefined;
  #caughtUp = false;
  #error: string | null = null;
  #position = 0;
  #written = 0;

  constructor(definition: ProcessDefinition<State, Input, Effect>, options: ProcessRunnerOptions) {
    this.#definition = definition;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const wait = (delayMs: number) => pause(delayMs, this.#closing.signal, this.#clock);
    const onError = (key: string, error: unknown) => this.#report(key, error);
    this.#workers = new EffectWorkers((key) => this.#performNext(key), wait, onError, this.#closing.signal);
    this.#timers = new ProcessTimers(this.#clock, (key, timerId, armedBy) => void this.#fire(key, timerId, armedBy));
    const keeping = { snapshots: options.snapshots, everyRecords: options.indexEveryRecords };
    this.#index = new ProcessIndexKeeper(options.log, definition.name, keeping, (error) => this.#report(null, error));
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    this.#finished = this.#run();
  }

  waitFor(position: number, timeoutMs: number): Promise<boolean> {
    return this.#waiters.wait(position, timeoutMs);
  }

  health(): ProcessHealth {
    return {
      name: this.#definition.name,
      state: this.#error !== null ? 'stalled' : this.#caughtUp ? 'following' : 'starting',
      position: this.#position,
      instancesOwing: [...this.#instances.values()].filter(({ ledger }) => ledger !== null && ledger.outstanding.length > 0).length,
      timersArmed: this.#timers.armed,
      retrying: this.#workers.retrying,
      error: this.#error,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#timers.close();
    this.#waiters.close();
    await this.#finished;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_WAIT_MS)));
    await Promise.race([this.#workers.idle(), tooLong]);
    clearTimeout(timer);
    await this.#index.settled();
    await this.#keepIndex().catch(() => undefined); // it only shortens the next start
  }

  async #run(): Promise<void> {
    await this.#insist(null, () => this.#start());
    await this.#insist(null, () => this.#follow());
    this.#becomeReady();
  }

  async #start(): Promise<void> {
    const index = await this.#index.read();
    this.#position = index.sourcePosition;
    this.#written = index.position;
    for (const [key, ledger] of index.owing) {
      await this.#instance(key).load();
      if (ledger.outstanding.length > 0) this.#workers.kick(key);
    }
  }

  /** Ends when the log is closed or the runner is. */
  async #follow(): Promise<void> {
    const { log } = this.#options;
    const follower = log.follow({ after: this.#position, filter: this.#definition.filter, signal: this.#closing.signal });
    for await (const message of follower) await this.#take(message);
  }

  async #take(message: FollowMessage): Promise<void> {
    if ('event' in message) {
      const routed = this.#definition.route(message.event);
      if (routed !== null) {
        const instance = this.#instance(routed.key);
        this.#wrote(instance, await this.#takeFact(instance, routed.input, message.event));
      }
    }
    this.#position = 'event' in message ? message.event.position : 'caughtUp' in message ? message.caughtUp : message.checkpoint;
    this.#error = null;
    this.#waiters.passed(this.#position, false);
    if (!('caughtUp' in message)) return;
    // Only now: a timer that fell due while we were away may be out of date through a fact that came meanwhile.
    this.#timers.start();
    for (const instance of this.#instances.values()) this.#timers.arm(instance.key, instance.ledger?.timers ?? []);
    this.#caughtUp = true;
    this.#becomeReady();
  }

  #takeFact(instance: ProcessInstance<State, Input, Effect>, input: Input, fact: RecordedEvent): Promise<number | null> {
    const { name } = this.#definition;
    const attributes = { 'slipway.process': name, 'slipway.process.key': instance.key, 'slipway.event.type': fact.type, 'slipway.position': fact.position };
    return inSpanOf(this.#options.runInSpan, fact.metadata.traceparent, `${name} takes ${fact.type}`, attributes, () => instance.takeFact(input, fact, this.#clock.nowMs()));
  }

  async #fire(key: string, timerId: string, armedBy: string): Promise<void> {
    const instance = this.#instance(key);
    await this.#insist(key, async () => this.#wrote(instance, await instance.fireTimer(timerId, armedBy, this.#clock.nowMs())));
  }

  /** Performs the first outstanding effect of an instance and records that. */
  async #performNext(key: string): Promise<boolean> {
    const instance = this.#instance(key);
    const [first] = (await instance.load()).outstanding;
    if (first === undefined) return false;
    const { effectId, metadata } = first;
    const effect = instance.effectFromJson(first.effect);
    const { name } = this.#definition;
    const attributes = { 'slipway.process': name, 'slipway.process.key': key, 'slipway.effect.id': effectId };
    try {
      const written = await inSpanOf(this.#options.runInSpan, metadata.traceparent, `${name} performs ${effect.type}`, attributes, async () => {
        await this.#definition.perform(effect, { key, effectId, metadata, signal: this.#closing.signal });
        return instance.recordPerformed(effectId, metadata);
      });
      this.#wrote(instance, written, false);
    } catch (error) {
      throw Object.assign(error instanceof Error ? error : new Error(String(error)), { effectId });
    }
    return (instance.ledger?.outstanding.length ?? 1) > 0;
  }

  /** After a record was added: what it calls for is set going. */
  #wrote(instance: ProcessInstance<State, Input, Effect>, position: number | null, kick = true): void {
    if (position !== null) this.#index.added(this.#position);
    this.#written = Math.max(this.#written, position ?? 0);
    const ledger = instance.ledger;
    if (ledger === null) return;
    this.#timers.arm(instance.key, ledger.timers);
    if (kick && ledger.outstanding.length > 0) this.#workers.kick(instance.key);
  }

  #instance(key: string): ProcessInstance<State, Input, Effect> {
    const instance = this.#instances.get(key) ?? new ProcessInstance(key, this.#definition, this.#options.log, this.#options.snapshots);
    this.#instances.delete(key); // written last, so the map is in order of use
    this.#instances.set(key, instance);
    if (this.#instances.size > INSTANCES_KEPT_MAX) this.#forgetIdle();
    return instance;
  }

  /** Forgets a tenth at a time, so that a full house is not searched for every fact. An unloaded one may be at work. */
  #forgetIdle(): void {
    let surplus = Math.ceil(INSTANCES_KEPT_MAX / 10);
    for (const [key, { ledger }] of this.#instances) {
      if (ledger === null || !isIdle(ledger)) continue;
      this.#instances.delete(key);
      if (--surplus === 0) return;
    }
  }

  /** Tries until it works or the runner closes; `key` null: everybody waits for it. */
  async #insist(key: string | null, work: () => Promise<void>): Promise<void> {
    let delayMs = STEP_RETRY_MS;
    for (let position = this.#position; !this.#closing.signal.aborted; position = this.#position)
      try {
        return await work();
      } catch (error) {
        if (this.#position > position) delayMs = STEP_RETRY_MS;
        if (key === null) this.#error = error instanceof Error ? error.message : String(error);
        this.#report(key, error);
        await pause(delayMs, this.#closing.signal, this.#clock);
        delayMs = Math.min(delayMs * 2, STEP_RETRY_MS_MAX);
      }
  }

  #report(key: string | null, error: unknown): void {
    if (!this.#closing.signal.aborted) this.#options.onFailure?.({ process: this.#definition.name, key, error });
  }

  async #keepIndex(): Promise<void> {
    const loaded = [...this.#instances.values()].flatMap(({ key, ledger }): [string, ProcessLedger][] => (ledger === null ? [] : [[key, ledger]]));
    if (loaded.length < this.#instances.size) return; // something is under way
    const owing = new Map(loaded.filter(([, ledger]) => !isIdle(ledger)));
    await this.#index.keep({ position: this.#written, sourcePosition: this.#position, owing });
  }
}
