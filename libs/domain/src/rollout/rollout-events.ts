import type { Judgement } from '../analysis/judgement.js';
import type { Measurement } from '../analysis/measurement.js';
import type { StrategyType } from '../strategy/deployment-strategy.js';
import type { RolloutStep } from './rollout-plan.js';

export type RolloutDirection = 'forward' | 'back';

type Goal = {
  readonly rolloutId: string;
  readonly targetRevisionId: string;
  readonly previousRevisionId: string | null;
  readonly strategy: StrategyType;
  /** Both revisions stand side by side at their full counts until the target is promoted; else one gives way to the other. */
  readonly sideBySide: boolean;
  readonly desired: number;
  readonly surge: number;
  readonly unavailable: number;
  /** A step that makes no progress for so long turns the rollout back. */
  readonly progressDeadlineMs: number;
  readonly plan: readonly RolloutStep[];
};

/** Who wants it, and why. */
type Asked = { readonly actor: string; readonly reason: string | null };

export type RolloutCommand =
  | ({ readonly type: 'StartRollout'; readonly deploymentId: string; readonly activationId: string; readonly atMs: number } & Goal)
  | { readonly type: 'CompleteStep'; readonly direction: RolloutDirection; readonly step: number; readonly atMs: number }
  /** The deployment is to have another number of replicas: the steps stay, their counts follow. */
  | { readonly type: 'RescaleRollout'; readonly desired: number; readonly atMs: number }
  /** What target and previous revision served while the target is analysed. */
  | { readonly type: 'RecordMeasurement'; readonly step: number; readonly measurement: Measurement; readonly atMs: number }
  /** Give up and walk `plan` back to the previous revision; an empty plan means there is nothing to go back to. */
  | { readonly type: 'AbortRollout'; readonly reason: string; readonly plan: readonly RolloutStep[]; readonly atMs: number }
  /** A newer activation takes over the replicas as they stand. */
  | { readonly type: 'SupersedeRollout'; readonly byActivationId: string; readonly atMs: number }
  | ({ readonly type: 'PauseRollout'; readonly atMs: number } & Asked)
  | ({ readonly type: 'ResumeRollout'; readonly atMs: number } & Asked)
  /** `step`: the one under way when it was asked. A repeated promotion must not pass a second wait by. */
  | ({ readonly type: 'PromoteRollout'; readonly full: boolean; readonly step: number; readonly atMs: number } & Asked)
  | ({ readonly type: 'SkipStep'; readonly step: number; readonly atMs: number } & Asked)
  | ({ readonly type: 'RequestAbort'; readonly atMs: number } & Asked);

/** Every fact names its deployment and the activation it serves. */
export type RolloutBelonging = { readonly deploymentId: string; readonly activationId: string; readonly atMs: number };

export type RolloutEvent = RolloutBelonging &
  (
    | ({ readonly type: 'RolloutStarted' } & Goal)
    | { readonly type: 'RolloutStepCompleted'; readonly direction: RolloutDirection; readonly step: number }
    | ({ readonly type: 'RolloutStepSkipped'; readonly step: number; readonly how: 'promote' | 'skip' } & Asked)
    /** The rest of the plan gave way to one without waits. */
    | ({ readonly type: 'RolloutFastForwarded'; readonly plan: readonly RolloutStep[] } & Asked)
    | { readonly type: 'RolloutRescaled'; readonly desired: number; readonly surge: number; readonly unavailable: number; readonly plan: readonly RolloutStep[] }
    | { readonly type: 'RolloutMeasured'; readonly step: number; readonly measurement: Measurement; readonly judgement: Judgement }
    | ({ readonly type: 'RolloutPaused' } & Asked)
    | ({ readonly type: 'RolloutResumed' } & Asked)
    | ({ readonly type: 'RolloutAbortRequested' } & Asked)
    /** The target is the active revision; what is left is to keep the previous one warm, and to let it go. */
    | { readonly type: 'RolloutPromoted' }
    | { readonly type: 'RolloutAborted'; readonly reason: string; readonly plan: readonly RolloutStep[] }
    | { readonly type: 'RolloutCompleted' }
    | { readonly type: 'RolloutRolledBack'; readonly reason: string }
    | { readonly type: 'RolloutFailed'; readonly reason: string }
    | { readonly type: 'RolloutSuperseded'; readonly byActivationId: string }
  );

export type RolloutRejection =
  | { readonly type: 'NoSuchRollout' }
  | { readonly type: 'StepOutOfOrder'; readonly expectedStep: number }
  /** The analysis has not come to an end that lets the rollout go on. */
  | { readonly type: 'StepNotDone'; readonly step: number }
  | { readonly type: 'RolloutHasEnded'; readonly phase: string }
  | { readonly type: 'RolloutIsGoingBack' }
  | { readonly type: 'RolloutIsPromoted' }
  /** The step under way, by index, is not the one the author meant. */
  | { readonly type: 'StepNotUnderWay'; readonly step: number; readonly currentStep: number }
  | { readonly type: 'NothingToPass'; readonly currentStep: number; readonly stepType: string };
