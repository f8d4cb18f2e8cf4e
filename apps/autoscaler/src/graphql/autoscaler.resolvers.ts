import { invalidInput, SlipwayError } from '@slipway/contracts';
import type { LivingScalingRule, RuleFinding } from '@slipway/domain';
import type { GraphQLContext, Resolvers } from '@slipway/service';
import { evaluationsBefore, rulesAt, type Evaluation } from '../evaluation/scaling-history.js';
import type { RuleInput } from '../rules/rule-input.js';
import { createScalingRule, deleteScalingRule, updateScalingRule, type RulePorts, type WrittenRule } from '../rules/scaling-rules.js';

/** How long a mutation waits until what it wrote can be read. */
export const READ_YOUR_WRITES_MS = 5_000;
export const EVALUATIONS_SHOWN_MAX = 200;
const NOW = 'now';

type Reference = { readonly id: string; readonly instant: string };
type Target = { readonly deploymentId: string };

export function autoscalerResolvers(ports: RulePorts): Resolvers {
  const { log, known } = ports;

  const shown = async ({ rule, position }: WrittenRule): Promise<{ readonly rule: LivingScalingRule }> => {
    await caughtUp(ports, position);
    return { rule };
  };

  return {
    Mutation: {
      createAutoScalingRule: async (_: unknown, { input }: { input: Target & RuleInput & { metricType: string } }, { request }: GraphQLContext) =>
        shown(await createScalingRule(ports, input.deploymentId, input, request)),
      updateAutoScalingRule: async (_: unknown, { input }: { input: Target & RuleInput & { id: string } }, { request }: GraphQLContext) =>
        shown(await updateScalingRule(ports, input.deploymentId, input.id, input, request)),
      deleteAutoScalingRule: async (_: unknown, { input }: { input: Target & { id: string } }, { request }: GraphQLContext) => {
        await caughtUp(ports, await deleteScalingRule(ports, input.deploymentId, input.id, request));
        return { deletedId: input.id };
      },
    },

    ModelDeployment: {
      __resolveReference: (reference: Reference) => reference,
      scaleEvaluations: ({ id, instant }: Reference, { limit }: { limit: number }) => {
        if (limit < 0 || limit > EVALUATIONS_SHOWN_MAX) throw invalidInput([{ field: 'limit', problem: `is from 0 to ${EVALUATIONS_SHOWN_MAX}` }]);
        return evaluationsBefore(log, id, instant === NOW ? Infinity : Date.parse(instant), limit);
      },
    },

    ReplicaManagement: {
      __resolveReference: (reference: Reference) => reference,
      autoScalingRules: async ({ id, instant }: Reference) => (instant === NOW ? ((await known.find(id))?.scaling.rules ?? []) : rulesAt(log, id, Date.parse(instant))),
    },

    AutoScalingRule: {
      id: ({ ruleId }: LivingScalingRule) => ruleId,
      metricType: ({ metric }: LivingScalingRule) => metric,
      threshold: ({ minThreshold, maxThreshold }: LivingScalingRule) => maxThreshold ?? minThreshold,
      aggregate: ({ aggregate }: LivingScalingRule) => aggregate.toUpperCase(),
      timeWindow: ({ cooldownMs }: LivingScalingRule) => cooldownMs / 1_000,
      createdAt: ({ createdAtMs }: LivingScalingRule) => new Date(createdAtMs),
      lastTriggeredAt: ({ lastTriggeredAtMs }: LivingScalingRule) => (lastTriggeredAtMs === null ? null : new Date(lastTriggeredAtMs)),
    },

    ScaleEvaluation: {
      at: ({ atMs }: Evaluation) => new Date(atMs),
      decided: ({ change, desired }: Evaluation) => change?.to ?? desired,
      decidedByRuleId: ({ change }: Evaluation) => change?.ruleId ?? null,
    },

    ScaleFinding: {
      metricType: ({ metric }: RuleFinding) => metric,
      aggregate: ({ aggregate }: RuleFinding) => aggregate.toUpperCase(),
      crossed: ({ crossed }: RuleFinding) => crossed?.toUpperCase() ?? null,
    },
  };
}

/** People read their own writes. */
async function caughtUp({ known }: RulePorts, position: number): Promise<void> {
  if (!(await known.waitFor(position, READ_YOUR_WRITES_MS))) throw new SlipwayError('NOT_CAUGHT_UP', { timeoutMs: READ_YOUR_WRITES_MS });
}
