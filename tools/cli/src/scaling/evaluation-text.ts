import { comparedText, shortId, type ScalingRule } from './scaling-rule.js';
import { aligned } from '../output/text-table.js';

/** What one rule found. */
export type ScaleFinding = {
  readonly ruleId: string;
  /** Null: nobody knew. */
  readonly value: number | null;
  readonly crossed: string | null;
  readonly asks: number | null;
  readonly heldBack: string | null;
};

/** What the rules were given, and what they came to. */
export type ScaleEvaluation = {
  readonly at: string;
  readonly desired: number;
  readonly starting: number;
  readonly duringRollout: boolean;
  readonly decided: number;
  readonly decidedByRuleId: string | null;
  readonly findings: readonly ScaleFinding[];
};

const INDENT = '    ';

/**
 * One evaluation in lines: what was decided, and below it what each rule found.
 * @param rules as they were then, as far as is known, the likeliest first: where a threshold cannot be the one that was
 * compared, it is not told.
 */
export function evaluationText(evaluation: ScaleEvaluation, rules: readonly ScalingRule[], emphasis: (text: string) => string): string {
  const ruleOf = (ruleId: string): ScalingRule | undefined => rules.find(({ id }) => id === ruleId);
  const findings = evaluation.findings.map((finding) => [INDENT + ruleName(finding.ruleId, ruleOf(finding.ruleId)), findingText(finding, ruleOf(finding.ruleId))]);
  const head = `${evaluation.at}  ${emphasis(decisionText(evaluation, ruleOf))}${circumstances(evaluation)}`;
  return findings.length === 0 ? `${head}\n${INDENT}${whyNothing(evaluation)}` : `${head}\n${aligned(findings)}`;
}

function decisionText({ desired, decided, decidedByRuleId }: ScaleEvaluation, ruleOf: (ruleId: string) => ScalingRule | undefined): string {
  if (decided === desired) return `stays at ${replicas(desired)}`;
  const by = decidedByRuleId === null ? 'to keep the bounds of the rules' : `by ${ruleName(decidedByRuleId, ruleOf(decidedByRuleId))}`;
  return `${desired} -> ${replicas(decided)}, ${by}`;
}

function circumstances({ starting, duringRollout }: ScaleEvaluation): string {
  const all = [...(starting === 0 ? [] : [`${starting} of them starting`]), ...(duringRollout ? ['a rollout is under way'] : [])];
  return all.length === 0 ? '' : ` (${all.join(', ')})`;
}

const whyNothing = ({ desired }: ScaleEvaluation): string => (desired === 0 ? 'it was scaled to 0 by hand: rules do not wake it' : 'no rule is enabled');

const ruleName = (ruleId: string, rule: ScalingRule | undefined): string => `${rule === undefined ? 'a rule that is gone' : comparedText(rule)} (${shortId(ruleId)})`;

/** Such as `9.2, above 8: asks for 3 replicas`. */
export function findingText(finding: ScaleFinding, rule: ScalingRule | undefined): string {
  const { value, crossed, asks, heldBack } = finding;
  if (value === null) return 'not known: asks for nothing';
  const compared = `${valueText(value, rule)}, ${comparison(value, crossed, rule)}`;
  if (heldBack !== null) return `${compared}: asks for nothing, ${heldBackText(heldBack, rule)}`;
  return asks === null ? compared : `${compared}: asks for ${replicas(asks)}`;
}

function comparison(value: number, crossed: string | null, rule: ScalingRule | undefined): string {
  const [below, above] = [rule?.minThreshold ?? null, rule?.maxThreshold ?? null];
  switch (crossed) {
    case 'ABOVE':
      return above !== null && value > above ? `above ${above}` : 'above what its threshold was';
    case 'BELOW':
      return below !== null && value < below ? `below ${below}` : 'below what its threshold was';
    case null:
      return withinText(value, below, above);
    default:
      return crossed;
  }
}

function withinText(value: number, below: number | null, above: number | null): string {
  const isWithin = (above === null || value <= above) && (below === null || value >= below);
  if (!isWithin || (above === null && below === null)) return 'within what its thresholds were';
  if (above === null) return `not below ${below}`;
  return below === null ? `not above ${above}` : `from ${below} to ${above}`;
}

/** Why a rule whose threshold is crossed asks for nothing; a reason that is newer than this tool by its own name. */
function heldBackText(heldBack: string, rule: ScalingRule | undefined): string {
  switch (heldBack) {
    case 'COOLDOWN':
      return 'since replicas were added or taken away only now: what that does is to be seen first';
    case 'AT_MAX_REPLICAS':
      return `since there are as many as it allows${rule === undefined ? '' : ` (${rule.maxReplicas})`}`;
    case 'AT_MIN_REPLICAS':
      return 'since there are as few as the rules allow';
    case 'REPLICAS_STARTING':
      return 'since those that start may be enough';
    case 'ROLLOUT':
      return 'since none are taken away during a rollout';
    case 'WOULD_RISE_AGAIN':
      return 'since with fewer a rule would ask for more again';
    case 'FIGURES_MISSING':
      return 'since of a replica nobody knows the figure: it might be the busy one';
    case 'OUTBID':
      return 'since another rule wants more';
    default:
      return heldBack;
  }
}

const DIGITS = 4;

/** In few digits, unless these would be on another side of a threshold. */
function valueText(value: number, rule: ScalingRule | undefined): string {
  const rounded = Number(value.toPrecision(DIGITS));
  const thresholds = [rule?.minThreshold, rule?.maxThreshold].filter((threshold) => threshold != null);
  return String(thresholds.every((threshold) => Math.sign(rounded - threshold) === Math.sign(value - threshold)) ? rounded : value);
}

const replicas = (count: number): string => (count === 1 ? '1 replica' : `${count} replicas`);
