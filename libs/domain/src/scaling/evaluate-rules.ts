import { aggregateOf } from './aggregate.js';
import type { HeldBack, RuleFinding, ScaleInputs, ScaleVerdict } from './scale-evaluation.js';
import { spreads, type ScalingRule } from './scaling-rule.js';

/** After a change of any rule, none changes anything for so long: its effect must be seen first. */
export const SCALING_COOLDOWN_MS = 15_000;

/** Either way: after a clock was put back, or where another machine's is behind, nothing waits until it is as late again. */
export const apartMs = (oneMs: number, otherMs: number): number => Math.abs(oneMs - otherMs);

/** A rule, and when it last changed something. */
export type KnownRule = ScalingRule & { readonly lastTriggeredAtMs: number | null };

type Now = { readonly atMs: number; readonly lastChangedAtMs: number | null };
type Seen = { readonly rule: KnownRule; readonly value: number | null; readonly isWhole: boolean };

/**
 * Rules in the manner of Backend.AI (a metric, thresholds, a step), with what theirs lacks: every rule is looked at and
 * not only the first; more beats fewer, and of several the highest wins; results are kept within bounds instead of being
 * thrown away; replicas that start count already; and nothing is taken away that would be asked for again at once.
 * A deployment that was scaled to 0 sleeps by somebody's will: nothing is asked for.
 */
export function evaluateRules(rules: readonly KnownRule[], inputs: ScaleInputs, now: Now): ScaleVerdict {
  const enabled = rules.filter((rule) => rule.enabled);
  if (enabled.length === 0 || inputs.desired === 0) return { findings: [], desired: inputs.desired, ruleId: null };
  const seen = enabled.map((rule) => look(rule, inputs));
  const findings = seen.map((one) => find(one, seen, inputs, now));
  const rising = highest(findings.filter(({ asks }) => asks !== null && asks > inputs.desired));
  const winner = rising ?? highest(findings.filter(({ asks }) => asks !== null));
  const asked = winner?.asks ?? inputs.desired;
  const desired = withinBounds(asked, enabled, inputs);
  const outbid = (finding: RuleFinding): RuleFinding =>
    finding.asks !== null && finding !== winner ? { ...finding, asks: null, heldBack: 'OUTBID' } : finding;
  return { findings: findings.map(outbid), desired, ruleId: desired === asked && winner !== null ? winner.ruleId : null };
}

/** Bounds hold also when no threshold is crossed: every rule's minimum, and as many as any rule allows. */
function withinBounds(asked: number, rules: readonly ScalingRule[], { desired, duringRollout }: ScaleInputs): number {
  const max = Math.max(...rules.map((rule) => rule.maxReplicas));
  const bounded = Math.max(Math.min(asked, max), minimumOf(rules));
  return duringRollout ? Math.max(bounded, desired) : bounded;
}

const minimumOf = (rules: readonly ScalingRule[]): number => Math.max(...rules.map((rule) => rule.minReplicas));

function look(rule: KnownRule, { replicas }: ScaleInputs): Seen {
  const figures = replicas.map((replica) => replica.figures[rule.metric] ?? null);
  return { rule, value: aggregateOf(rule.aggregate, figures), isWhole: figures.every((figure) => figure !== null) };
}

function find({ rule, value, isWhole }: Seen, all: readonly Seen[], inputs: ScaleInputs, now: Now): RuleFinding {
  const { ruleId, metric, aggregate, minThreshold, maxThreshold, stepSize, maxReplicas } = rule;
  const found = { ruleId, metric, aggregate, minThreshold, maxThreshold, value, crossed: null, asks: null, heldBack: null };
  if (value !== null && maxThreshold !== null && value > maxThreshold) {
    const asks = Math.min(inputs.desired + stepSize, maxReplicas);
    return { ...found, crossed: 'above', ...askOr(asks, mayRise(rule, value, asks, inputs, now)) };
  }
  if (value !== null && minThreshold !== null && value < minThreshold) {
    const asks = Math.max(inputs.desired - stepSize, minimumOf(all.map((one) => one.rule)));
    return { ...found, crossed: 'below', ...askOr(asks, mayFall(rule, asks, isWhole, all, inputs, now)) };
  }
  return found;
}

const askOr = (asks: number, heldBack: HeldBack | null): Pick<RuleFinding, 'asks' | 'heldBack'> =>
  heldBack === null ? { asks, heldBack } : { asks: null, heldBack };

function mayRise(rule: KnownRule, value: number, asks: number, { desired, starting, replicas }: ScaleInputs, now: Now): HeldBack | null {
  if (asks <= desired) return 'AT_MAX_REPLICAS';
  if (starting > 0) {
    const ready = replicas.length;
    const isEnough = !spreads(rule) || (value * ready) / (ready + starting) <= (rule.maxThreshold ?? 0);
    if (isEnough) return 'REPLICAS_STARTING';
  }
  return isCooling(rule, now) ? 'COOLDOWN' : null;
}

function mayFall(rule: KnownRule, asks: number, isWhole: boolean, all: readonly Seen[], inputs: ScaleInputs, now: Now): HeldBack | null {
  if (inputs.duringRollout) return 'ROLLOUT';
  if (asks >= inputs.desired) return 'AT_MIN_REPLICAS';
  if (!isWhole) return 'FIGURES_MISSING';
  if (all.some((one) => wouldRise(one, inputs.desired - asks, inputs))) return 'WOULD_RISE_AGAIN';
  return isCooling(rule, now) ? 'COOLDOWN' : null;
}

/** The same work on fewer replicas. */
function wouldRise({ rule, value }: Seen, fewer: number, { replicas }: ScaleInputs): boolean {
  if (rule.maxThreshold === null || value === null || !spreads(rule)) return false;
  const left = Math.max(1, replicas.length - fewer);
  return (value * replicas.length) / left > rule.maxThreshold;
}

function isCooling({ lastTriggeredAtMs, cooldownMs }: KnownRule, { atMs, lastChangedAtMs }: Now): boolean {
  const ofRule = lastTriggeredAtMs !== null && apartMs(atMs, lastTriggeredAtMs) < cooldownMs;
  return ofRule || (lastChangedAtMs !== null && apartMs(atMs, lastChangedAtMs) < SCALING_COOLDOWN_MS);
}

const highest = (findings: readonly RuleFinding[]): RuleFinding | null =>
  findings.reduce<RuleFinding | null>((best, one) => (best === null || (one.asks ?? 0) > (best.asks ?? 0) ? one : best), null);
