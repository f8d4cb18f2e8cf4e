import { aligned } from '../output/text-table.js';
import { comparedText, shortId, type ScalingRule } from './scaling-rule.js';

/** What one rule, as it stood then, found. */
export type ScaleFinding = Pick<ScalingRule, 'metricType' | 'aggregate' | 'minThreshold' | 'maxThreshold'> & {
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
  /** Of one of the findings. Null: nothing changed, or the bounds decided. */
  readonly decidedByRuleId: string | null;
  readonly findings: readonly ScaleFinding[];
};

const INDENT = '    ';

/** One evaluation in lines: what was decided, and below it what each rule found. */
export function evaluationText(evaluation: ScaleEvaluation, emphasis: (text: string) => string): string {
  const head = `${evaluation.at}  ${emphasis(decisionText(evaluation))}${circumstances(evaluation)}`;
  if (evaluation.findings.length === 0) return `${head}\n${INDENT}${whyNothing(evaluation)}`;
  return `${head}\n${aligned(evaluation.findings.map((finding) => [INDENT + ruleName(finding), findingText(finding)]))}`;
}

function decisionText({ desired, decided, decidedByRuleId, findings }: ScaleEvaluation): string {
  if (decided === desired) return `stays at ${replicas(desired)}`;
  const deciding = findings.find(({ ruleId }) => ruleId === decidedByRuleId);
  return `${desired} -> ${replicas(decided)}, ${deciding === undefined ? 'to keep the bounds of the rules' : `by ${ruleName(deciding)}`}`;
}

function circumstances({ starting, duringRollout }: ScaleEvaluation): string {
  const all = [...(starting === 0 ? [] : [`${starting} of them starting`]), ...(duringRollout ? ['a rollout is under way'] : [])];
  return all.length === 0 ? '' : ` (${all.join(', ')})`;
}

const whyNothing = ({ desired }: ScaleEvaluation): string => (desired === 0 ? 'it was scaled to 0 by hand: rules do not wake it' : 'no rule is enabled');

const ruleName = (finding: ScaleFinding): string => `${comparedText(finding)} (${shortId(finding.ruleId)})`;

/** Such as `9.2, above 8: asks for 3 replicas`. */
export function findingText(finding: ScaleFinding): string {
  const { value, asks, heldBack } = finding;
  if (value === null) return 'not known: asks for nothing';
  const compared = `${valueText(value, finding)}, ${comparison(finding)}`;
  if (heldBack !== null) return `${compared}: asks for nothing, ${heldBackText(heldBack)}`;
  return asks === null ? compared : `${compared}: asks for ${replicas(asks)}`;
}

function comparison({ crossed, minThreshold, maxThreshold }: ScaleFinding): string {
  switch (crossed) {
    case 'ABOVE':
      return `above ${maxThreshold}`;
    case 'BELOW':
      return `below ${minThreshold}`;
    case null:
      if (maxThreshold === null) return `not below ${minThreshold}`;
      return minThreshold === null ? `not above ${maxThreshold}` : `from ${minThreshold} to ${maxThreshold}`;
    default:
      return crossed;
  }
}

/** Why a rule whose threshold is crossed asks for nothing; a reason that is newer than this tool by its own name. */
function heldBackText(heldBack: string): string {
  switch (heldBack) {
    case 'COOLDOWN':
      return 'since it is too soon after the last change';
    case 'AT_MAX_REPLICAS':
      return 'since there are as many as it allows';
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
function valueText(value: number, { minThreshold, maxThreshold }: ScaleFinding): string {
  const rounded = Number(value.toPrecision(DIGITS));
  const thresholds = [minThreshold, maxThreshold].filter((threshold) => threshold !== null);
  return String(thresholds.every((threshold) => Math.sign(rounded - threshold) === Math.sign(value - threshold)) ? rounded : value);
}

const replicas = (count: number): string => (count === 1 ? '1 replica' : `${count} replicas`);
