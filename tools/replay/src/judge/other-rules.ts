import { parseAnalysis, type AnalysisInput, type AnalysisPolicy } from '@slipway/domain';
import { EXIT_CODES, ReplayError } from '../exit-codes.js';

/** What is to be judged by otherwise than was recorded; how often was measured cannot be changed afterwards. */
export type OtherRules = Partial<Omit<AnalysisPolicy, 'intervalMs'>>;

/** As the command line gives them. Null: not to be judged by. */
export type RuleOptions = {
  readonly threshold?: number;
  readonly minRequests?: number;
  readonly duration?: string;
  readonly extensions?: number;
  readonly failuresInARow?: number;
  readonly onNoTraffic?: string;
  readonly compareErrors?: boolean;
  readonly maxP95?: number | null;
  readonly maxP95Ratio?: number | null;
  readonly maxFirstTokenP95?: number | null;
  readonly maxFirstTokenP95Ratio?: number | null;
  readonly maxPerTokenP95?: number | null;
  readonly maxPerTokenP95Ratio?: number | null;
};

type RuleField = {
  readonly option: keyof RuleOptions;
  readonly flag: string;
  readonly input: keyof AnalysisInput;
  readonly policy: keyof OtherRules;
};

const FIELDS: readonly RuleField[] = [
  { option: 'threshold', flag: '--threshold', input: 'successThreshold', policy: 'successThresholdPercent' },
  { option: 'minRequests', flag: '--min-requests', input: 'minRequests', policy: 'minRequests' },
  { option: 'duration', flag: '--duration', input: 'duration', policy: 'durationMs' },
  { option: 'extensions', flag: '--extensions', input: 'extensionsMax', policy: 'extensionsMax' },
  { option: 'failuresInARow', flag: '--failures-in-a-row', input: 'failuresInARowMax', policy: 'failuresInARowMax' },
  { option: 'onNoTraffic', flag: '--on-no-traffic', input: 'onNoTraffic', policy: 'onNoTraffic' },
  { option: 'compareErrors', flag: '--compare-errors', input: 'compareErrors', policy: 'compareErrors' },
  ...limit('maxP95', '--max-p95', 'latencyP95'),
  ...limit('maxFirstTokenP95', '--max-first-token-p95', 'timeToFirstTokenP95'),
  ...limit('maxPerTokenP95', '--max-per-token-p95', 'timePerOutputTokenP95'),
];

type Limited = 'latencyP95' | 'timeToFirstTokenP95' | 'timePerOutputTokenP95';

function limit(option: 'maxP95' | 'maxFirstTokenP95' | 'maxPerTokenP95', flag: string, name: Limited): readonly RuleField[] {
  return [
    { option, flag, input: `${name}MsMax`, policy: `${name}MsMax` },
    { option: `${option}Ratio`, flag: `${flag}-ratio`, input: `${name}RatioMax`, policy: `${name}RatioMax` },
  ];
}

/** Throws ReplayError when a rule could not be that of any analysis. */
export function otherRules(options: RuleOptions): OtherRules {
  const given = FIELDS.filter(({ option }) => options[option] !== undefined);
  const input = Object.fromEntries(given.map(({ option, input: field }) => [field, options[option]]));
  const parsed = parseAnalysis({ duration: '1s', successThreshold: 100, ...input }, '');
  if ('problems' in parsed) throw new ReplayError(EXIT_CODES.usage, parsed.problems.map(refusal).join('; '));
  return Object.fromEntries(given.map(({ policy }) => [policy, parsed.policy[policy]]));
}

/** The rule of a field must be told as what the option takes: left out, the recorded one holds. */
function refusal({ field, problem }: { readonly field: string; readonly problem: string }): string {
  const flag = FIELDS.find(({ input }) => input === field)?.flag ?? field;
  return `${flag} must be ${problem.replace(/^is (required: )?/, '').replace(/;.*$/, '')}`;
}
