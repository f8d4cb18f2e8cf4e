import { canonicalJson } from '../canonical-json.js';
import { accept, impossible, reject, type Decider, type Decision } from '../decider.js';
import { apartMs, evaluateRules, SCALING_COOLDOWN_MS, type KnownRule } from './evaluate-rules.js';
import { contradictionIn } from './rule-contradiction.js';
import type { ScalingCommand, ScalingEvent, ScalingRejection } from './scaling-events.js';

/** Living rules of one deployment. */
export const SCALING_RULES_MAX = 50;
/** An evaluation that changes nothing, but finds something else than the last recorded one, is recorded after so long. */
export const OTHER_EVALUATION_RECORDED_EVERY_MS = 10_000;
/** One that finds the same, with other figures. */
export const SAME_EVALUATION_RECORDED_EVERY_MS = 60_000;
/** Deleted rules that are remembered, so that deleting one again changes nothing. */
const DELETED_RULES_KEPT = 100;

type Evaluation = Extract<ScalingEvent, { type: 'ScaleEvaluated' }>;
type Change = Extract<ScalingEvent, { type: 'ReplicasDesiredChanged' }>;

export type LivingScalingRule = KnownRule & { readonly createdAtMs: number };

export type ScalingState = {
  /** In the order in which they were made. */
  readonly rules: readonly LivingScalingRule[];
  readonly deletedRuleIds: readonly string[];
  readonly lastEvaluation: Evaluation | null;
  readonly lastChange: Change | null;
};

/** How many replicas one deployment is to have, by its rules. */
export const scaling: Decider<ScalingState, ScalingCommand, ScalingEvent, ScalingRejection> = {
  initialState: { rules: [], deletedRuleIds: [], lastEvaluation: null, lastChange: null },

  decide(command, state) {
    switch (command.type) {
      case 'CreateScalingRule':
        return create(command, state);
      case 'UpdateScalingRule':
        return update(command, state);
      case 'DeleteScalingRule': {
        const { deploymentId, ruleId, atMs } = command;
        if (state.deletedRuleIds.includes(ruleId)) return accept();
        if (ruleOf(state, ruleId) === undefined) return reject({ type: 'NoSuchScalingRule', ruleId });
        return accept({ type: 'AutoScalingRuleDeleted', deploymentId, ruleId, atMs });
      }
      case 'EvaluateScale':
        return evaluate(command, state);
    }
  },

  evolve(state, event) {
    switch (event.type) {
      case 'AutoScalingRuleCreated':
        return { ...state, rules: [...state.rules, { ...event.rule, createdAtMs: event.atMs, lastTriggeredAtMs: null }] };
      case 'AutoScalingRuleUpdated':
        if (ruleOf(state, event.rule.ruleId) === undefined) return impossible({ phase: 'without that rule' }, event);
        return { ...state, rules: changed(state.rules, event.rule.ruleId, event.rule) };
      case 'AutoScalingRuleDeleted': {
        const deletedRuleIds = [...state.deletedRuleIds, event.ruleId].slice(-DELETED_RULES_KEPT);
        return { ...state, rules: state.rules.filter((rule) => rule.ruleId !== event.ruleId), deletedRuleIds };
      }
      case 'ScaleEvaluated':
        return { ...state, lastEvaluation: event };
      case 'ReplicasDesiredChanged':
        return { ...state, rules: changed(state.rules, event.ruleId, { lastTriggeredAtMs: event.atMs }), lastChange: event };
    }
  },
};

type Outcome = Decision<ScalingEvent, ScalingRejection>;
type CommandOf<T extends ScalingCommand['type']> = Extract<ScalingCommand, { type: T }>;

function create({ deploymentId, rule, atMs }: CommandOf<'CreateScalingRule'>, state: ScalingState): Outcome {
  if (ruleOf(state, rule.ruleId) !== undefined || state.deletedRuleIds.includes(rule.ruleId)) return accept();
  if (state.rules.length >= SCALING_RULES_MAX) return reject({ type: 'TooManyScalingRules', rulesMax: SCALING_RULES_MAX });
  const contradiction = contradictionIn(rule);
  return contradiction === null
    ? accept({ type: 'AutoScalingRuleCreated', deploymentId, rule, atMs })
    : reject({ type: 'ContradictoryScalingRule', ...contradiction });
}

function update({ deploymentId, ruleId, changes, atMs }: CommandOf<'UpdateScalingRule'>, state: ScalingState): Outcome {
  const known = ruleOf(state, ruleId);
  if (known === undefined) return reject({ type: 'NoSuchScalingRule', ruleId });
  const { createdAtMs: _made, lastTriggeredAtMs: _triggered, ...before } = known;
  const rule = { ...before, ...changes };
  if (canonicalJson(rule) === canonicalJson(before)) return accept();
  const contradiction = contradictionIn(rule);
  return contradiction === null
    ? accept({ type: 'AutoScalingRuleUpdated', deploymentId, rule, atMs })
    : reject({ type: 'ContradictoryScalingRule', ...contradiction });
}

/** What changes something is always recorded, with what it rests on; what changes nothing only where it says something new. */
function evaluate({ deploymentId, inputs, atMs }: CommandOf<'EvaluateScale'>, state: ScalingState): Outcome {
  const { lastChange, lastEvaluation } = state;
  if (lastEvaluation?.atMs === atMs) return accept(); // said twice
  const verdict = evaluateRules(state.rules, inputs, { atMs, lastChangedAtMs: lastChange?.atMs ?? null });
  if (verdict.findings.length === 0) return accept();
  const { desired: from, starting, duringRollout, replicas } = inputs;
  const to = verdict.desired;
  const evaluated: Evaluation = { type: 'ScaleEvaluated', deploymentId, desired: from, starting, duringRollout, replicas, findings: verdict.findings, atMs };
  if (to === from) return isNews(evaluated, lastEvaluation) ? accept(evaluated) : accept();
  // Asked for already: it takes a moment until what was asked for is what is desired.
  const isUnderWay = lastChange?.from === from && lastChange.to === to && apartMs(atMs, lastChange.atMs) < SCALING_COOLDOWN_MS;
  if (isUnderWay) return accept();
  return accept<ScalingEvent>(evaluated, { type: 'ReplicasDesiredChanged', deploymentId, from, to, ruleId: verdict.ruleId, atMs });
}

function isNews(evaluated: Evaluation, last: Evaluation | null): boolean {
  if (last === null) return true;
  const sinceMs = apartMs(evaluated.atMs, last.atMs);
  if (outlineOf(evaluated) !== outlineOf(last)) return sinceMs >= OTHER_EVALUATION_RECORDED_EVERY_MS;
  return sinceMs >= SAME_EVALUATION_RECORDED_EVERY_MS && canonicalJson(evaluated.replicas) !== canonicalJson(last.replicas);
}

/** Everything but the figures. */
const outlineOf = ({ desired, starting, duringRollout, findings }: Evaluation): string =>
  canonicalJson({ desired, starting, duringRollout, findings: findings.map(({ value, ...rest }) => ({ ...rest, known: value !== null })) });

const ruleOf = (state: ScalingState, ruleId: string): LivingScalingRule | undefined => state.rules.find((rule) => rule.ruleId === ruleId);

const changed = (rules: readonly LivingScalingRule[], ruleId: string | null, changes: Partial<LivingScalingRule>): readonly LivingScalingRule[] =>
  rules.map((rule) => (rule.ruleId === ruleId ? { ...rule, ...changes } : rule));
