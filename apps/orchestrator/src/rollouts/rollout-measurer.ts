import { streams } from '@slipway/contracts';
import { EMPTY_SAMPLE, subtractSamples, type AnalysisPolicy, type RolloutRow, type TrafficSample } from '@slipway/domain';
import { handleCommand, type EventLog } from '@slipway/event-log';
import { aggregates } from '../aggregates.js';

/** How often it is looked whether a measurement is due. */
export const MEASURER_TICK_MS = 1_000;
/** While an analysis is held and nobody asks the canary anything, it is measured only so often. */
export const HELD_INTERVAL_MS = 60_000;

/** What each revision served since the teller began to listen; it never falls. */
export type ServedTotals = { sampleOf(revisionId: string): TrafficSample };

export type RolloutMeasurerPorts = {
  readonly log: EventLog;
  readonly served: ServedTotals;
  /** Rollouts that have not ended. */
  readonly walkingRollouts: () => Promise<readonly RolloutRow[]>;
  readonly nowMs: () => number;
  readonly onError: (error: unknown) => void;
};

type Baseline = { readonly step: number; readonly atMs: number; readonly canary: TrafficSample; readonly stable: TrafficSample };

/**
 * Measures every analysis under way: what canary and stable served since the last measurement becomes a fact of the
 * rollout, which is judged by it. A window begins where totals were last looked at; what was served while nobody looked
 * (this process was away) lies in none.
 */
export class RolloutMeasurer {
  readonly #baselines = new Map<string, Baseline>();
  readonly #timer: NodeJS.Timeout;
  #ticking: Promise<void> | null = null;

  constructor(private readonly ports: RolloutMeasurerPorts) {
    this.#timer = setInterval(() => void this.tick(), MEASURER_TICK_MS);
    this.#timer.unref();
  }

  /** One look at all analyses; joins the one under way. */
  tick(): Promise<void> {
    this.#ticking ??= this.#lookAtAll()
      .catch((error: unknown) => this.ports.onError(error))
      .finally(() => (this.#ticking = null));
    return this.#ticking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#ticking;
  }

  async #lookAtAll(): Promise<void> {
    const analysed = (await this.ports.walkingRollouts()).filter(({ state }) => state.direction === 'forward' && state.plan[state.step]?.type === 'analyse');
    const known = new Set(analysed.map(({ rolloutId }) => rolloutId));
    for (const rolloutId of this.#baselines.keys()) if (!known.has(rolloutId)) this.#baselines.delete(rolloutId);
    for (const row of analysed) await this.#lookAt(row);
  }

  async #lookAt(row: RolloutRow): Promise<void> {
    const { state, rolloutId } = row;
    const step = state.plan[state.step];
    const before = this.#baselines.get(rolloutId);
    const now = this.#served(row);
    if (step?.type !== 'analyse') return;
    if (before?.step !== state.step) {
      this.#baselines.set(rolloutId, now);
      return;
    }
    const canary = subtractSamples(now.canary, before.canary);
    if (now.atMs - before.atMs < intervalOf(step.policy, row, canary)) return;
    const measurement = { fromMs: before.atMs, toMs: now.atMs, canary, stable: subtractSamples(now.stable, before.stable) };
    const command = { type: 'RecordMeasurement' as const, step: state.step, measurement, atMs: now.atMs };
    const context = { commandId: `measure/${rolloutId}/${state.step}/${before.atMs}`, correlationId: rolloutId, actor: 'orchestrator' };
    await handleCommand(this.ports.log, aggregates.rollout, streams.rollout(rolloutId), command, context);
    this.#baselines.set(rolloutId, now);
  }

  #served({ targetRevisionId, previousRevisionId, state }: RolloutRow): Baseline {
    const { served, nowMs } = this.ports;
    const stable = previousRevisionId === null ? EMPTY_SAMPLE : served.sampleOf(previousRevisionId);
    return { step: state.step, atMs: nowMs(), canary: served.sampleOf(targetRevisionId), stable };
  }
}

function intervalOf({ intervalMs }: AnalysisPolicy, { state }: RolloutRow, canary: TrafficSample): number {
  const isIdle = state.analysis?.judgement.next === 'hold' && canary.successes + canary.failures === 0;
  return isIdle ? Math.max(intervalMs, HELD_INTERVAL_MS) : intervalMs;
}
