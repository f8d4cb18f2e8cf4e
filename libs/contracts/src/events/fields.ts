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
const optionalCount = z.exactOptional(count);
const deadline = { progressDeadlineSeconds: optionalCount };

/** AnalysisPolicy. */
export const analysisPolicy = z.strictObject({
  durationMs: count,
  intervalMs: count,
  successThresholdPercent: percent,
  minRequests: count,
  failuresInARowMax: count,
  extensionsMax: count,
  onNoTraffic: z.enum(['hold', 'promote', 'abort']),
  compareErrors: z.boolean(),
  latencyP95MsMax: z.number().nullable(),
  latencyP95RatioMax: z.number().nullable(),
  timeToFirstTokenP95MsMax: z.number().nullable(),
  timeToFirstTokenP95RatioMax: z.number().nullable(),
  timePerOutputTokenP95MsMax: z.number().nullable(),
  timePerOutputTokenP95RatioMax: z.number().nullable(),
});

const canaryStep = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('setWeight'), weightPercent: percent }),
  z.strictObject({ type: z.literal('pause'), durationMs: count.nullable() }),
  z.strictObject({ type: z.literal('analysis'), policy: analysisPolicy }),
  z.strictObject({ type: z.literal('setCanaryScale'), replicas: count }),
  z.strictObject({ type: z.literal('setMirror'), percent }),
]);

export const stickiness = z.enum(['none', 'session', 'token']);
export const strategyType = z.enum(['ROLLING', 'BLUE_GREEN', 'CANARY']);
export const strategy = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ROLLING'), config: z.strictObject({ maxSurge: intOrPercent, maxUnavailable: intOrPercent, ...deadline }) }),
  z.strictObject({
    type: z.literal('BLUE_GREEN'),
    config: z.strictObject({
      autoPromotionEnabled: z.boolean(),
      terminationWaitTimeSeconds: count,
      autoPromotionSeconds: optionalCount,
      analysis: z.exactOptional(analysisPolicy),
      ...deadline,
    }),
  }),
  z.strictObject({
    type: z.literal('CANARY'),
    config: z.strictObject({
      canaryPercentage: percent.nullable(),
      canaryDuration: text.nullable(),
      successThresholdPercent: percent.nullable(),
      analysis: z.exactOptional(analysisPolicy),
      steps: z.exactOptional(z.array(canaryStep)),
      terminationWaitTimeSeconds: optionalCount,
      ...deadline,
    }),
  }),
]);

/** For a version that only allowed less: what it says is said in the newer form as well. */
export const unchanged = <T>(older: T): T => older;
