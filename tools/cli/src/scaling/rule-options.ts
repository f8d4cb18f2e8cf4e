import { Option, type Command } from 'commander';
import { usageError } from '../exit-codes.js';
import { decimalNumber, oneOf, spanUpTo, wholeNumber } from '../option-values.js';
import { metricOption } from './scaling-metric.js';

export const SECOND_MS = 1_000;

/** As the platform has them. */
const STEP_MAX = 100;
const REPLICAS_MAX = 1_000;
const COOLDOWN_MAX_MS = 86_400 * SECOND_MS;
const THRESHOLD_MAX = Number.MAX_SAFE_INTEGER;
const AGGREGATES = ['avg', 'min', 'max', 'sum', 'p95'] as const;

/** As `add` and `change` have them in common. `false`: the threshold is taken away. */
export type RuleOptions = {
  readonly metric?: string;
  readonly aggregate?: string;
  readonly above?: number | false;
  readonly below?: number | false;
  readonly step?: number;
  /** Milliseconds. */
  readonly cooldown?: number;
  readonly min?: number;
  readonly max?: number;
};

/** As the graph takes them; what is left out stays as it is, or is as the platform has it. */
export type RuleFields = {
  readonly metricType?: string;
  readonly aggregate?: string;
  readonly minThreshold?: number | null;
  readonly maxThreshold?: number | null;
  readonly stepSize?: number;
  readonly timeWindow?: number;
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly enabled?: boolean;
};

/** All but which are on: of a rule that is made, defaults are told. */
export function addRuleOptions(command: Command, isNew: boolean): Command {
  const unlessGiven = (value: string): string => (isNew ? ` (default: ${value})` : '');
  const threshold = decimalNumber(0, THRESHOLD_MAX);
  const replicas = wholeNumber(1, REPLICAS_MAX);
  return command
    .addOption(metricOption('the figure of each replica that is looked at').makeOptionMandatory(isNew))
    .option('--above <value>', 'above it there are to be more replicas; times are milliseconds, shares go from 0 to 1', threshold)
    .option('--below <value>', 'below it there are to be fewer replicas', threshold)
    .addOption(oneOf('--aggregate <how>', `how the figures of all replicas become one${unlessGiven('avg')}`, AGGREGATES))
    .option('--step <replicas>', `how many more, or fewer${unlessGiven('1')}`, wholeNumber(1, STEP_MAX))
    .option('--cooldown <time>', `how long the rule changes nothing after it changed something, such as 90s or 5m${unlessGiven('60s')}`, spanUpTo(COOLDOWN_MAX_MS))
    .option('--min <replicas>', `never fewer${unlessGiven('1')}`, replicas)
    .option('--max <replicas>', `never more${unlessGiven('10')}`, replicas);
}

/** What only a rule that is there can be told. */
export const addChangeOptions = (command: Command): Command =>
  command
    .option('--no-above', 'take this threshold away')
    .option('--no-below', 'take this threshold away')
    .addOption(new Option('--enable', 'it is looked at again').conflicts('disable'))
    .option('--disable', 'it stays, and changes nothing');

/** @throws CliError USAGE where options contradict each other; what a rule says already is the platform's to compare. */
export function ruleFields({ metric, aggregate, above, below, step, cooldown, min, max }: RuleOptions): RuleFields {
  if (isNumber(above) && isNumber(below) && below >= above) throw usageError(`--below ${below} is not below --above ${above}`, 'between the two the number of replicas stays: leave room');
  if (min !== undefined && max !== undefined && min > max) throw usageError(`--min ${min} is more than --max ${max}`);
  return {
    ...(metric === undefined ? {} : { metricType: metric }),
    ...(aggregate === undefined ? {} : { aggregate: aggregate.toUpperCase() }),
    ...(below === undefined ? {} : { minThreshold: thresholdOf(below) }),
    ...(above === undefined ? {} : { maxThreshold: thresholdOf(above) }),
    ...(step === undefined ? {} : { stepSize: step }),
    ...(cooldown === undefined ? {} : { timeWindow: cooldown / SECOND_MS }),
    ...(min === undefined ? {} : { minReplicas: min }),
    ...(max === undefined ? {} : { maxReplicas: max }),
  };
}

const isNumber = (value: number | false | undefined): value is number => typeof value === 'number';
const thresholdOf = (value: number | false): number | null => (value === false ? null : value);
