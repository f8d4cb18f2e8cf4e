import { isId } from '../addressing/find-deployment.js';
import { CliError, EXIT_CODES, usageError } from '../exit-codes.js';
import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';
import { spanText } from '../output/spans.js';
import { oneLine } from '../output/text-table.js';
import { SECOND_MS } from './rule-options.js';

/** When a deployment is to have more or fewer replicas, as the graph tells it. */
export type ScalingRule = {
  readonly id: string;
  readonly metricType: string;
  readonly aggregate: string;
  readonly minThreshold: number | null;
  readonly maxThreshold: number | null;
  readonly stepSize: number;
  /** Seconds. */
  readonly timeWindow: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly enabled: boolean;
  readonly createdAt: string;
  readonly lastTriggeredAt: string | null;
};

export const RULE_FIELDS = 'id metricType aggregate minThreshold maxThreshold stepSize timeWindow minReplicas maxReplicas enabled createdAt lastTriggeredAt';

type Answer = { readonly deployment: { readonly replicaManagement: { readonly autoScalingRules: readonly ScalingRule[] } } | null };

export const LIST_SCALING_RULES = new Operation<Answer, { id: string }>(/* GraphQL */ `
  query ListScalingRules($id: ID!) { deployment(id: $id) { replicaManagement { autoScalingRules { ${RULE_FIELDS} } } } }
`);

export const scalingRules = async (graph: GraphClient, deploymentId: string): Promise<readonly ScalingRule[]> =>
  (await graph.ask(LIST_SCALING_RULES, { id: deploymentId })).deployment?.replicaManagement.autoScalingRules ?? [];

/** So much of an id says which rule is meant, where no other begins like it. */
const ID_BEGINNING_LENGTH = 8;
const ID_BEGINNING_LENGTH_MIN = 4;

/**
 * The id of the rule that a person means by its id, how that begins, or the metric that it alone looks at.
 * @throws CliError NOT_FOUND, or USAGE where it does not say which.
 */
export async function findRuleId(graph: GraphClient, deploymentId: string, given: string): Promise<string> {
  // Whether it is there is the platform's to say: it remembers what was done under an idempotency key.
  if (isId(given)) return given;
  const word = given.toLowerCase();
  const rules = await scalingRules(graph, deploymentId);
  const meant = rules.filter(({ id, metricType }) => id === given || metricType.toLowerCase() === word || (word.length >= ID_BEGINNING_LENGTH_MIN && id.startsWith(word)));
  const [one, ...others] = meant;
  if (one === undefined) throw new CliError(EXIT_CODES.refused, 'NOT_FOUND', `there is no rule "${given}"`, 'see which there are: "slipway scaling list <deployment>"');
  if (others.length > 0) throw usageError(`"${given}" is the name of ${meant.length} rules`, `give the id: ${meant.map(({ id }) => id).join(', ')}`);
  return one.id;
}

/** Enough of an id to read, and to name the rule by. */
export const shortId = (ruleId: string): string => ruleId.slice(0, ID_BEGINNING_LENGTH);

/** What is compared with the thresholds, such as `avg inFlight`. */
export const comparedText = ({ aggregate, metricType }: Pick<ScalingRule, 'aggregate' | 'metricType'>): string => oneLine(`${aggregate.toLowerCase()} ${metricType}`);

/** The whole rule in words. */
export function ruleText(rule: ScalingRule): string {
  const { minThreshold, maxThreshold, stepSize, timeWindow, minReplicas, maxReplicas, enabled } = rule;
  const more = maxThreshold === null ? [] : [`${stepSize} more above ${maxThreshold}`];
  const fewer = minThreshold === null ? [] : [`${stepSize} fewer below ${minThreshold}`];
  const bounds = `${minReplicas} to ${maxReplicas} replicas, ${spanText(timeWindow * SECOND_MS)} between changes`;
  return `${comparedText(rule)}: ${[...more, ...fewer, bounds].join(', ')}${enabled ? '' : '; it is not enabled'}`;
}
