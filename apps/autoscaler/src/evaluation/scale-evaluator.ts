import { streams } from '@slipway/contracts';
import { scaling, type MetricsBook, type ScalingCommand, type ScalingState } from '@slipway/domain';
import { handleCommand, type EventLog, type StateCache } from '@slipway/event-log';
import { aggregates } from '../aggregates.js';
import type { KnownDeployment, KnownDeployments } from '../known-deployments.js';
import { scaleInputs } from './scale-inputs.js';

/** How often rules are evaluated. */
export const SCALE_INTERVAL_MS = 2_000;

export type ScaleEvaluatorPorts = {
  readonly log: EventLog;
  readonly known: KnownDeployments;
  readonly book: MetricsBook;
  readonly states: StateCache<ScalingState>;
  readonly nowMs: () => number;
  /** Default SCALE_INTERVAL_MS. */
  readonly intervalMs?: number;
  readonly onError: (error: unknown, deploymentId: string) => void;
};

/** Evaluates the rules of every deployment at an interval. What the rules come to is decided again against the log itself. */
export class ScaleEvaluator {
  readonly #timer: NodeJS.Timeout;
  #ticking: Promise<void> | null = null;
  #isClosed = false;

  constructor(private readonly ports: ScaleEvaluatorPorts) {
    this.#timer = setInterval(() => void this.tick(), ports.intervalMs ?? SCALE_INTERVAL_MS);
    this.#timer.unref();
  }

  /** One evaluation of everything; joins the one under way. */
  tick(): Promise<void> {
    this.#ticking ??= this.#evaluateAll().finally(() => (this.#ticking = null));
    return this.#ticking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#ticking;
  }

  /** One deployment that cannot be written keeps no other waiting for the next round. */
  async #evaluateAll(): Promise<void> {
    for (const known of this.ports.known.ruled()) {
      if (this.#isClosed) return;
      await this.#evaluate(known).catch((error: unknown) => this.ports.onError(error, known.deploymentId));
    }
  }

  /** Nearly every evaluation says nothing new: that is found out in memory, without asking the log. */
  async #evaluate(known: KnownDeployment): Promise<void> {
    const { log, book, states, nowMs } = this.ports;
    const { deploymentId } = known;
    const atMs = nowMs();
    const command: ScalingCommand = { type: 'EvaluateScale', deploymentId, inputs: scaleInputs(known, book, atMs), atMs };
    const decision = scaling.decide(command, known.scaling);
    if ('rejected' in decision || decision.accepted.length === 0) return;
    const commandId = `scale/${deploymentId}/${atMs}`;
    await handleCommand(log, aggregates.scaling, streams.scaling(deploymentId), command, { commandId, correlationId: commandId, actor: 'autoscaler' }, { cache: states });
  }
}
