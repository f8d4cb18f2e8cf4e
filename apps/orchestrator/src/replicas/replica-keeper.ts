import { probeHealth, type HealthVerdict, type ReplicaObservation } from '@slipway/runtimes';
import { withSpan } from '@slipway/service';
import type { KnownReplica } from './known-replicas.js';
import { LINES_WITHHELD, logMask } from './log-mask.js';
import type { LaunchPlan, ReplicaPorts } from './replica-ports.js';
import type { ReplicaObservationCommand } from './replica-records.js';

/** Lines of an engine's output kept with its end. */
export const LAST_LINES = 20;
/** How long an engine may take to end after SIGTERM, once nobody sends it requests any more. */
export const STOP_GRACE_MS = 30_000;
/** Launches that failed for a passing reason before the replica is given up. */
export const LAUNCH_FAILURES_MAX = 5;
const LAUNCH_RETRY_MS = 1000;

type Record = (replicaId: string, command: ReplicaObservationCommand, traceparent: string | null) => Promise<void>;

/**
 * Makes one replica so: compares what the log wants of it with what runs, and takes the next step. Every step may be
 * repeated, after a crash of this process at any point too: the runtime finds what it started before by the same key.
 */
export class ReplicaKeeper {
  #watching: { readonly attempt: number; readonly stop: () => void } | null = null;
  /** The start whose engine hangs and is being ended: to watch it again would end the next one, too. */
  #endingAttempt: number | null = null;
  #launchFailures = 0;

  constructor(
    private readonly replicaId: string,
    private readonly ports: ReplicaPorts,
    private readonly record: Record,
  ) {}

  /** Takes the next step; the answer says when to look again at the latest, in milliseconds, or null: on the next event. */
  async step(known: KnownReplica): Promise<number | null> {
    const { state } = known;
    switch (state.phase) {
      case 'requested':
        return this.#launch(known);
      case 'restarting': {
        const waitMs = (state.restartAtMs ?? 0) - this.ports.nowMs();
        return waitMs > 0 ? waitMs : this.#launch(known);
      }
      case 'launched':
      case 'ready':
      case 'unready':
        return this.#keep(known);
      case 'draining':
        return this.#drain(known);
      case 'drained':
        return this.#stop(known);
      case 'absent':
      case 'stopped':
      case 'failed':
        return null;
    }
  }

  /** The runtime saw an engine end: a trace of its own begins, however long ago the engine was started in another. */
  exited(observation: ReplicaObservation, known: KnownReplica): Promise<void> {
    const attributes = { 'slipway.replica.id': this.replicaId, 'slipway.replica.attempt': observation.attempt };
    return withSpan('replica.exited', { parent: null, attributes }, () => this.#recordExit(observation, known));
  }

  async #recordExit(observation: ReplicaObservation, known: KnownReplica): Promise<void> {
    const { attempt, exitCode, signal } = observation;
    this.#unwatch();
    const lastLines = await this.#lastLines(known, LAST_LINES);
    await this.record(this.replicaId, { type: 'RecordExit', attempt, exitCode, signal, lastLines }, null);
  }

  /** Lets go of the engine without stopping it. */
  release(): void {
    this.#unwatch();
  }

  async #launch(known: KnownReplica): Promise<number | null> {
    const { deploymentId, revisionId, attempt } = known.state;
    const plan = await this.ports.planLaunch(deploymentId, revisionId, this.replicaId);
    const attributes = { 'slipway.replica.id': this.replicaId, 'slipway.replica.attempt': attempt + 1, 'slipway.runtime.variant': plan.runtimeVariant };
    return withSpan('replica.launch', { parent: known.traceparent, attributes }, () => this.#launchAs(plan, attempt + 1, known));
  }

  async #launchAs(plan: LaunchPlan, attempt: number, known: KnownReplica): Promise<number | null> {
    const { runtime, logger } = this.ports;
    const { traceparent } = known;
    const outcome = await runtime.launch({ replicaId: this.replicaId, attempt, command: plan.command, readiness: plan.healthCheck });
    switch (outcome.type) {
      case 'running':
      case 'exited': {
        const { observation } = outcome;
        this.#launchFailures = 0;
        logger.info({ event: 'replica.launched', ...observation }, 'an engine was started or taken over');
        const { endpoint, handle } = observation;
        await this.record(this.replicaId, { type: 'RecordLaunch', attempt, endpoint: endpoint ?? '', handle }, traceparent);
        if (outcome.type === 'exited') await this.#recordExit(observation, known);
        return null;
      }
      case 'superseded': {
        // The log has not heard of an attempt that was started: it says so now, and the next look finds it.
        const seen = await runtime.inspect(this.replicaId);
        const { endpoint, handle } = seen ?? unseen(this.replicaId, outcome.attempt);
        await this.record(this.replicaId, { type: 'RecordLaunch', attempt: outcome.attempt, endpoint: endpoint ?? '', handle }, traceparent);
        return 0;
      }
      case 'refused':
        return this.#refused(outcome, traceparent);
    }
  }

  async #refused(refusal: { readonly reason: 'UNSUPPORTED' | 'LAUNCH_FAILED'; readonly message: string; readonly isPermanent: boolean }, traceparent: string | null) {
    this.#launchFailures += 1;
    if (!refusal.isPermanent && this.#launchFailures < LAUNCH_FAILURES_MAX) return LAUNCH_RETRY_MS;
    const { reason, message } = refusal;
    const errorData = { reason, message, exitCode: null, signal: null, lastLines: [] };
    await this.record(this.replicaId, { type: 'GiveUpReplica', errorData }, traceparent);
    return null;
  }

  /** Running, as far as the log knows: watch its health, and notice an end that nobody saw. */
  async #keep(known: KnownReplica): Promise<number | null> {
    const { attempt } = known.state;
    if (this.#watching?.attempt === attempt || this.#endingAttempt === attempt) return null;
    const observation = await this.ports.runtime.inspect(this.replicaId);
    if (observation === null || observation.state === 'exited' || observation.attempt !== attempt) {
      await this.exited(observation?.attempt === attempt ? observation : unseen(this.replicaId, attempt), known);
      return null;
    }
    const plan = await this.ports.planLaunch(known.state.deploymentId, known.state.revisionId, this.replicaId);
    this.#watch(observation, plan, known);
    return null;
  }

  #watch({ attempt, endpoint, startedAtMs }: ReplicaObservation, { healthCheck }: LaunchPlan, known: KnownReplica): void {
    this.#unwatch();
    if (endpoint === null) return;
    const { nowMs, logger } = this.ports;
    const initialPhase = known.state.phase === 'ready' ? 'ready' : 'starting';
    let launchedBy = initialPhase === 'starting' ? known.traceparent : null; // what becomes of it later is another story
    const stop = probeHealth({ endpoint, check: healthCheck, startedAtMs, initialPhase, nowMs }, (verdict) => {
      const judging = this.#judged(known, verdict, launchedBy);
      launchedBy = null;
      judging.catch((error: unknown) => {
        logger.error({ event: 'replica.record.failed', replicaId: this.replicaId, err: error }, 'a health verdict could not be recorded');
        this.#unwatch(); // the next look begins to watch anew, and sees the same again
      });
    });
    this.#watching = { attempt, stop };
  }

  async #judged(known: KnownReplica, verdict: HealthVerdict, traceparent: string | null): Promise<void> {
    const { attempt } = known.state;
    switch (verdict.type) {
      case 'ready':
        return this.record(this.replicaId, { type: 'RecordReady', attempt }, traceparent);
      case 'unready':
        return this.record(this.replicaId, { type: 'RecordUnready', attempt, reason: verdict.reason }, traceparent);
      case 'failed':
        return this.#hung(known, verdict.reason);
    }
  }

  /** Waiting does not help it: it is ended, which counts as an exit like any other. */
  async #hung(known: KnownReplica, reason: string): Promise<void> {
    const { attempt } = known.state;
    this.#unwatch();
    this.#endingAttempt = attempt;
    try {
      const { runtime } = this.ports;
      const lastLines = [reason, ...(await this.#lastLines(known, LAST_LINES - 1))];
      await runtime.stop(this.replicaId, { graceMs: STOP_GRACE_MS });
      await this.record(this.replicaId, { type: 'RecordExit', attempt, exitCode: null, signal: 'SIGTERM', lastLines }, null);
    } finally {
      this.#endingAttempt = null;
    }
  }

  async #lastLines({ state }: KnownReplica, count: number): Promise<readonly string[]> {
    const { runtime, planLaunch } = this.ports;
    const mask = await logMask(planLaunch, this.replicaId, state);
    const page = await runtime.readLog(this.replicaId, { lastLines: count, withUnfinished: true });
    if (page === null || page.lines.length === 0) return [];
    return mask === null ? [LINES_WITHHELD] : page.lines.map(({ text, isCut }) => mask(text, isCut));
  }

  /** Out of rotation; ends when no proxy has a request on it any more, or at its deadline. */
  async #drain({ state, drainingAt, traceparent }: KnownReplica): Promise<number | null> {
    this.#unwatch();
    const { drained, inFlight } = this.ports.drains.drainState(this.replicaId, drainingAt ?? 0);
    const leftMs = (state.drainDeadlineMs ?? 0) - this.ports.nowMs();
    if (!drained && leftMs > 0) return leftMs;
    await this.record(this.replicaId, { type: 'RecordDrained', forced: !drained, inFlight }, traceparent);
    return null;
  }

  async #stop({ traceparent }: KnownReplica): Promise<number | null> {
    this.#unwatch();
    await this.ports.runtime.stop(this.replicaId, { graceMs: STOP_GRACE_MS });
    await this.record(this.replicaId, { type: 'RecordStopped' }, traceparent);
    return null;
  }

  #unwatch(): void {
    this.#watching?.stop();
    this.#watching = null;
  }
}

/** An engine that is simply not there any more: after a restart of the machine, say. */
const unseen = (replicaId: string, attempt: number): ReplicaObservation => ({
  replicaId,
  attempt,
  state: 'exited',
  endpoint: null,
  handle: '',
  pid: null,
  startedAtMs: 0,
  exitCode: null,
  signal: null,
});
