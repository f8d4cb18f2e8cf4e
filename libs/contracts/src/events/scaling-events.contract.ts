import { SCALING_AGGREGATES, SCALING_METRICS, type MeasuredReplicaFigures, type ScalingEvent } from '@slipway/domain';
import { z } from 'zod';
import type { EventContracts } from './event-contract.js';
import { atMs, count, id } from './fields.js';

const of = { deploymentId: id, atMs };
const figure = z.number().nullable();
const metric = z.enum(SCALING_METRICS);

/** Of each replica, only what rules look at. */
const figures = z.strictObject(Object.fromEntries(SCALING_METRICS.map((name) => [name, z.exactOptional(figure)]))) as unknown as z.ZodType<MeasuredReplicaFigures['figures']>;

const looksAt = { ruleId: id, metric, aggregate: z.enum(SCALING_AGGREGATES), minThreshold: figure, maxThreshold: figure };

const rule = z.strictObject({
  ...looksAt,
  stepSize: count,
  cooldownMs: count,
  minReplicas: count,
  maxReplicas: count,
  enabled: z.boolean(),
});

const finding = z.strictObject({
  ...looksAt,
  value: figure,
  crossed: z.enum(['above', 'below']).nullable(),
  asks: count.nullable(),
  heldBack: z
    .enum(['COOLDOWN', 'AT_MAX_REPLICAS', 'AT_MIN_REPLICAS', 'REPLICAS_STARTING', 'ROLLOUT', 'WOULD_RISE_AGAIN', 'FIGURES_MISSING', 'OUTBID'])
    .nullable(),
});

export const scalingEvents: EventContracts<ScalingEvent> = {
  AutoScalingRuleCreated: { schema: z.strictObject({ ...of, rule }), upcasts: [] },
  AutoScalingRuleUpdated: { schema: z.strictObject({ ...of, rule }), upcasts: [] },
  AutoScalingRuleDeleted: { schema: z.strictObject({ ...of, ruleId: id }), upcasts: [] },
  ScaleEvaluated: {
    schema: z.strictObject({
      ...of,
      desired: count,
      starting: count,
      duringRollout: z.boolean(),
      replicas: z.array(z.strictObject({ replicaId: id, figures })),
      findings: z.array(finding),
    }),
    upcasts: [],
  },
  ReplicasDesiredChanged: { schema: z.strictObject({ ...of, from: count, to: count, ruleId: id.nullable() }), upcasts: [] },
};
