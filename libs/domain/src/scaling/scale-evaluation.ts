import type { ScalingMetric, ScalingRule } from './scaling-rule.js';

/** What is known when rules are evaluated. */
export type ScaleInputs = {
  /** Replicas that are asked for. */
  readonly desired: number;
  /** Replicas that were asked for, start, and are not ready yet. */
  readonly starting: number;
  /** A rollout is under way: only more replicas are asked for, never fewer. */
  readonly duringRollout: boolean;
  /** The replicas that take requests, and those of their figures that rules look at. Null: unknown. */
  readonly replicas: readonly MeasuredReplicaFigures[];
};

export type MeasuredReplicaFigures = {
  readonly replicaId: string;
  readonly figures: Readonly<Partial<Record<ScalingMetric, number | null>>>;
};

/** Why a rule whose threshold is crossed changes nothing. */
export type HeldBack =
  /** It is too soon after it, or another rule, changed something. */
  | 'COOLDOWN'
  | 'AT_MAX_REPLICAS'
  | 'AT_MIN_REPLICAS'
  /** What was asked for before is not ready yet, and may be enough. */
  | 'REPLICAS_STARTING'
  /** A rollout is under way. */
  | 'ROLLOUT'
  /** With fewer replicas a rule would ask for more again. */
  | 'WOULD_RISE_AGAIN'
  /** Of a replica nobody knows the figure: it might be the busy one. */
  | 'FIGURES_MISSING'
  /** Another rule asks for more. */
  | 'OUTBID';

/** What one rule, as it stood then, found. */
export type RuleFinding = Pick<ScalingRule, 'ruleId' | 'metric' | 'aggregate' | 'minThreshold' | 'maxThreshold'> & {
  /** Null: unknown. */
  readonly value: number | null;
  readonly crossed: 'above' | 'below' | null;
  /** Replicas it asks for; null: it asks for nothing. */
  readonly asks: number | null;
  readonly heldBack: HeldBack | null;
};

/** What all rules together came to. */
export type ScaleVerdict = {
  readonly findings: readonly RuleFinding[];
  /** Replicas that should be asked for from now on; may be what is asked for already. */
  readonly desired: number;
  /** The rule that decided; null: nothing changes, or the bounds alone decided. */
  readonly ruleId: string | null;
};
