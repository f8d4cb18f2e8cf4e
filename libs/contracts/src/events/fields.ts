import { z } from 'zod';

/** Milliseconds since 1970, UTC. */
export const atMs = z.number().int();
export const id = z.string().min(1).max(200);
export const text = z.string();
export const percent = z.number().min(0).max(100);
export const count = z.number().int().min(0);
export const weights = z.array(z.strictObject({ revisionId: id, weightPercent: percent }));
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const json: z.ZodType<import('@slipway/domain').Json> = z.json();
export const jsonObject = z.record(z.string(), json);

const intOrPercent = z.union([z.number().int(), z.string()]);
export const strategy = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ROLLING'), config: z.strictObject({ maxSurge: intOrPercent, maxUnavailable: intOrPercent }) }),
  z.strictObject({
    type: z.literal('BLUE_GREEN'),
    config: z.strictObject({ autoPromotionEnabled: z.boolean(), terminationWaitTimeSeconds: count }),
  }),
  z.strictObject({
    type: z.literal('CANARY'),
    config: z.strictObject({ canaryPercentage: percent, canaryDuration: text, successThresholdPercent: percent }),
  }),
]);
