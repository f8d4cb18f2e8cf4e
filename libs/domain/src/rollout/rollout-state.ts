import { addSamples, EMPTY_SAMPLE, type Measurement, type TrafficSample } from '../analysis/measurement.js';
import type { Judgement } from '../analysis/judgement.js';
import type { StrategyType } from '../strategy/deployment-strategy.js';
import type { RolloutBelonging, RolloutDirection, RolloutEvent } from './rollout-events.js';
import type { RolloutStep } from './rollout-plan.js';

/** The newest interventions that are kept at hand; all are in the log. */
export const INTERVENTIONS_KEPT = 50;

export type Intervention = {
  readonly action: 'pause' | 'resume' | 'promote' | 'promoteFull' | 'skip' | 'abort';
  readonly actor: string;
  readonly reason: string | null;
  readonly atMs: number;
};

/** What the analysis under way has seen so far, and how it looks. */
export type AnalysisState = { readonly canary: TrafficSample; readonly stable: TrafficSample; readonly judgement: Judgement; readonly measuredToMs: number };

export type Walk = {
  readonly phase: 'walking' | 'completed' | 'rolledBack' | 'failed' | 'superseded';
  readonly deploymentId: string;
  readonly activationId: string;
  readonly strategy: StrategyType;
  readonly sideBySide: boolean;
  readonly desired: number;
  readonly direction: RolloutDirection;
  /** Of the way it walks: forward, or back. */
  readonly plan: readonly RolloutStep[];
  /** Index of the step under way. */
  readonly step: number;
  readonly stepStartedAtMs: number;
  /** Of the way forward. */
  readonly skippedSteps: readonly number[];
  /** The way forward and the step it was given up at; null: it was not. */
  readonly turnedBackFrom: { readonly plan: readonly RolloutStep[]; readonly step: number } | null;
  readonly promotedAtMs: number | null;
  readonly paused: boolean;
  readonly abortRequested: boolean;
  /** Of the newest analysis. */
  readonly analysis: AnalysisState | null;
  readonly interventions: readonly Intervention[];
  readonly reason: string | null;
};
export type RolloutState = { readonly phase: 'absent' } | Walk;

export type EventOf<T extends RolloutEvent['type']> = Extract<RolloutEvent, { type: T }>;

export function started(event: EventOf<'RolloutStarted'>): Walk {
  const { deploymentId, activationId, strategy, sideBySide, desired, plan, atMs } = event;
  return {
    phase: 'walking',
    deploymentId,
    activationId,
    strategy,
    sideBySide,
    desired,
    direction: 'forward',
    plan,
    step: 0,
    stepStartedAtMs: atMs,
    skippedSteps: [],
    turnedBackFrom: null,
    promotedAtMs: null,
    paused: false,
    abortRequested: false,
    analysis: null,
    interventions: [],
    reason: null,
  };
}

/** An analysis begins with nothing seen; what the last one saw stays until then. */
export function stepped(state: Walk, step: number, atMs: number): Walk {
  const analysis = state.plan[step]?.type === 'analyse' ? null : state.analysis;
  return { ...state, step, stepStartedAtMs: atMs, analysis };
}

export function turnedBack(state: Walk, { plan, reason, atMs }: EventOf<'RolloutAborted'>): Walk {
  const turnedBackFrom = { plan: state.plan, step: state.step };
  return { ...stepped({ ...state, plan }, 0, atMs), direction: 'back', turnedBackFrom, paused: false, reason };
}

export function measured(state: Walk, { measurement, judgement }: EventOf<'RolloutMeasured'>): Walk {
  return { ...state, analysis: { ...sum(state, measurement), judgement, measuredToMs: measurement.toMs } };
}

export function noted(state: Walk, action: Intervention['action'], { actor, reason, atMs }: Omit<Intervention, 'action'>): Walk {
  return { ...state, interventions: [...state.interventions, { action, actor, reason, atMs }].slice(-INTERVENTIONS_KEPT) };
}

/** What the analysis under way has seen, with one more measurement. */
export function sum({ analysis }: Walk, { canary, stable }: Pick<Measurement, 'canary' | 'stable'>): Pick<AnalysisState, 'canary' | 'stable'> {
  return { canary: addSamples(analysis?.canary ?? EMPTY_SAMPLE, canary), stable: addSamples(analysis?.stable ?? EMPTY_SAMPLE, stable) };
}

export const belonging = ({ deploymentId, activationId }: Walk, atMs: number): RolloutBelonging => ({ deploymentId, activationId, atMs });
