import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';
import { RULE_FIELDS, type ScalingRule } from './scaling-rule.js';

type Answer = { readonly deployment: { readonly replicaManagement: { readonly autoScalingRules: readonly ScalingRule[] } } | null };

export const SCALING_RULES_AS_OF = new Operation<Answer, { id: string; asOf: string }>(/* GraphQL */ `
  query ScalingRulesAsOf($id: ID!, $asOf: DateTime!) { deployment(id: $id, asOf: $asOf) { replicaManagement { autoScalingRules { ${RULE_FIELDS} } } } }
`);

type Known = { readonly index: number; readonly rules: readonly ScalingRule[] };

/**
 * The rules as they were at each of these instants, newest first. Where they were the same at two of them they were so in
 * between: one question if nobody changed them, and for each change as many as it takes to find it by halving.
 */
export async function rulesThen(graph: GraphClient, deploymentId: string, instants: readonly string[], now: readonly ScalingRule[]): Promise<readonly (readonly ScalingRule[])[]> {
  const found: (readonly ScalingRule[])[] = instants.map(() => now);
  const at = async (index: number): Promise<Known> => {
    const { deployment } = await graph.ask(SCALING_RULES_AS_OF, { id: deploymentId, asOf: instants[index] ?? '' });
    return { index, rules: (found[index] = deployment?.replicaManagement.autoScalingRules ?? []) };
  };
  const fill = async (newer: Known, older: Known): Promise<void> => {
    if (areSame(newer.rules, older.rules)) return void found.fill(older.rules, newer.index + 1, older.index);
    if (older.index - newer.index <= 1) return;
    const middle = await at(Math.floor((newer.index + older.index) / 2));
    await fill(newer, middle);
    await fill(middle, older);
  };
  if (instants.length > 0) await fill({ index: -1, rules: now }, await at(instants.length - 1));
  return found;
}

const areSame = (some: readonly ScalingRule[], others: readonly ScalingRule[]): boolean => JSON.stringify(some.map(lasting)) === JSON.stringify(others.map(lasting));

/** All that people say. When it changed something is no change of the rule. */
const lasting = (rule: ScalingRule): unknown => ({ ...rule, lastTriggeredAt: null });
