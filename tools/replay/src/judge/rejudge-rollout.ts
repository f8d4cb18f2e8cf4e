import { parseEvent } from '@slipway/contracts';
import { judge, requestsOf, rollout, type AnalysisPolicy, type Judgement, type RolloutEvent, type RolloutState, type TrafficSample } from '@slipway/domain';
import type { RecordedEvent } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from '../exit-codes.js';
import type { OtherRules } from './other-rules.js';

/** One measurement, with what was judged by all that was served in its step until then, and what is judged now. */
export type RejudgedMeasurement = {
  readonly position: number;
  readonly toMs: number;
  /** Since the step began. */
  readonly elapsedMs: number;
  readonly canary: ServedRequests;
  readonly stable: ServedRequests;
  readonly recorded: Judgement;
  readonly rejudged: Judgement;
};

export type ServedRequests = { readonly requests: number; readonly failures: number };

/**
 * What an analysis came to: the first judgement that ends it; when there is none, the first that waits for a person, or the
 * last one. Null: nothing was measured.
 */
export type AnalysisOutcome = { readonly next: Judgement['next']; readonly elapsedMs: number; readonly reason: string } | null;

/** How the step really ended; null: it is under way. */
export type StepEnd = 'completed' | 'skipped' | 'fastForwarded' | 'aborted' | 'superseded' | null;

export type RejudgedStep = {
  /** From 0. */
  readonly step: number;
  readonly stepCount: number;
  readonly recordedPolicy: AnalysisPolicy;
  readonly policy: AnalysisPolicy;
  readonly end: StepEnd;
  readonly measurements: readonly RejudgedMeasurement[];
  readonly recordedOutcome: AnalysisOutcome;
  readonly outcome: AnalysisOutcome;
  readonly differs: boolean;
};

/**
 * Judges every analysis of a rollout again, by the rules it had except for `rules`, from the measurements in its stream.
 * Throws ReplayError when the stream cannot be folded.
 */
export async function rejudgeRollout(events: AsyncIterable<RecordedEvent>, rules: OtherRules): Promise<readonly RejudgedStep[]> {
  const steps: OpenStep[] = [];
  let open: OpenStep | null = null;
  let state: RolloutState = rollout.initialState;
  for await (const recorded of events) {
    const event = rolloutEventOf(recorded);
    const before = state;
    state = evolved(state, event, recorded);
    if (open !== null && before.phase === 'walking') open.end = endBy(event) ?? open.end;
    if (!isSameStep(before, state)) open = null;
    const policy = policyUnderWay(state);
    if (policy === null || state.phase === 'absent') continue;
    if (open === null) steps.push((open = { step: state.step, stepCount: state.plan.length, recordedPolicy: policy, policy: { ...policy, ...rules }, end: null, measurements: [] }));
    if (event.type === 'RolloutMeasured') open.measurements.push(rejudged(event, state, open.policy, recorded));
  }
  return steps.map(closed);
}

type OpenStep = {
  readonly step: number;
  readonly stepCount: number;
  readonly recordedPolicy: AnalysisPolicy;
  readonly policy: AnalysisPolicy;
  end: StepEnd;
  readonly measurements: RejudgedMeasurement[];
};

type Measured = Extract<RolloutEvent, { type: 'RolloutMeasured' }>;
type Walk = Exclude<RolloutState, { phase: 'absent' }>;

function rolloutEventOf(recorded: RecordedEvent): RolloutEvent {
  try {
    return parseEvent(recorded) as RolloutEvent;
  } catch (error) {
    throw unfoldable(recorded, error);
  }
}

function evolved(state: RolloutState, event: RolloutEvent, recorded: RecordedEvent): RolloutState {
  try {
    return rollout.evolve(state, event);
  } catch (error) {
    throw unfoldable(recorded, error);
  }
}

const unfoldable = ({ streamId, revision, position }: RecordedEvent, error: unknown): ReplayError =>
  new ReplayError(EXIT_CODES.logCorrupt, `${streamId} cannot be folded at revision ${revision} (position ${position}): ${(error as Error).message}`);

/** A step is another one as soon as it began anew, which a change of what is still to come does, too. */
function isSameStep(before: RolloutState, after: RolloutState): boolean {
  if (before.phase === 'absent' || after.phase === 'absent') return false;
  return before.direction === after.direction && before.step === after.step && before.stepStartedAtMs === after.stepStartedAtMs;
}

function policyUnderWay(state: RolloutState): AnalysisPolicy | null {
  if (state.phase !== 'walking' || state.direction === 'back') return null;
  const under = state.plan[state.step];
  return under?.type === 'analyse' ? under.policy : null;
}

function rejudged({ measurement, judgement }: Measured, { analysis, stepStartedAtMs }: Walk, policy: AnalysisPolicy, { position }: RecordedEvent): RejudgedMeasurement {
  const { toMs } = measurement;
  const elapsedMs = toMs - stepStartedAtMs;
  const total = analysis ?? measurement;
  const served = { canary: servedOf(total.canary), stable: servedOf(total.stable) };
  return { position, toMs, elapsedMs, ...served, recorded: judgement, rejudged: judge(policy, total, elapsedMs) };
}

const servedOf = (sample: TrafficSample): ServedRequests => ({ requests: requestsOf(sample), failures: sample.failures });

function endBy(event: RolloutEvent): StepEnd {
  switch (event.type) {
    case 'RolloutStepCompleted':
      return 'completed';
    case 'RolloutStepSkipped':
      return 'skipped';
    case 'RolloutFastForwarded':
      return 'fastForwarded';
    case 'RolloutAborted':
      return 'aborted';
    case 'RolloutSuperseded':
      return 'superseded';
    case 'RolloutStarted':
    case 'RolloutRescaled':
    case 'RolloutMeasured':
    case 'RolloutPaused':
    case 'RolloutResumed':
    case 'RolloutAbortRequested':
    case 'RolloutPromoted':
    case 'RolloutCompleted':
    case 'RolloutRolledBack':
    case 'RolloutFailed':
      return null;
  }
}

function closed(step: OpenStep): RejudgedStep {
  const recordedOutcome = outcomeOf(step.measurements, ({ recorded }) => recorded);
  const outcome = outcomeOf(step.measurements, ({ rejudged: now }) => now);
  const differs = recordedOutcome?.next !== outcome?.next || recordedOutcome?.elapsedMs !== outcome?.elapsedMs;
  return { ...step, recordedOutcome, outcome, differs };
}

function outcomeOf(measurements: readonly RejudgedMeasurement[], judgementOf: (measurement: RejudgedMeasurement) => Judgement): AnalysisOutcome {
  const isNext = (...nexts: readonly Judgement['next'][]) => (measurement: RejudgedMeasurement) => nexts.includes(judgementOf(measurement).next);
  const deciding = measurements.find(isNext('continue', 'abort')) ?? measurements.find(isNext('hold')) ?? measurements.at(-1);
  if (deciding === undefined) return null;
  const { next, reason } = judgementOf(deciding);
  return { next, elapsedMs: deciding.elapsedMs, reason };
}
