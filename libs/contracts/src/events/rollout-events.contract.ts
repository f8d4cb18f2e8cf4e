import type { RolloutEvent } from '@slipway/domain';
import { z } from 'zod';
import type { EventContracts } from './event-contract.js';
import { analysisPolicy, atMs, count, id, percent, strategyType, text, unchanged } from './fields.js';

const plan = z.array(
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('restore'), count }),
    z.strictObject({ type: z.literal('retire') }),
    z.strictObject({ type: z.literal('launch'), count }),
    z.strictObject({ type: z.literal('awaitReady'), count }),
    z.strictObject({ type: z.literal('setWeight'), weightPercent: percent }),
    z.strictObject({ type: z.literal('setMirror'), percent }),
    z.strictObject({ type: z.literal('hold'), durationMs: count.nullable() }),
    z.strictObject({ type: z.literal('analyse'), policy: analysisPolicy }),
    z.strictObject({ type: z.literal('drain'), remaining: count }),
    z.strictObject({ type: z.literal('promote') }),
  ]),
);
const of = { deploymentId: id, activationId: id, atMs };
const asked = { ...of, actor: text, reason: text.nullable() };

const latencies = z.array(z.number().min(0));
const sample = z.strictObject({
  successes: count,
  failures: count,
  failuresInARow: count,
  latency: latencies,
  timeToFirstToken: latencies,
  timePerOutputToken: latencies,
});
const verdict = z.enum(['PASS', 'FAIL', 'INCONCLUSIVE']);
const figure = z.number().nullable();
const judgement = z.strictObject({
  verdict,
  next: z.enum(['watch', 'continue', 'abort', 'hold']),
  reason: text,
  conditions: z.array(
    z.strictObject({ condition: text, verdict, value: figure, lower: figure, upper: figure, threshold: z.number(), requests: count }),
  ),
});

export const rolloutEvents: EventContracts<RolloutEvent> = {
  RolloutStarted: {
    schema: z.strictObject({
      ...of,
      rolloutId: id,
      targetRevisionId: id,
      previousRevisionId: id.nullable(),
      strategy: strategyType,
      sideBySide: z.boolean(),
      desired: count,
      surge: count,
      unavailable: count,
      progressDeadlineMs: count,
      plan,
    }),
    upcasts: [(older: object) => ({ ...older, strategy: 'ROLLING', sideBySide: false, progressDeadlineMs: 600_000 })],
  },
  RolloutStepCompleted: { schema: z.strictObject({ ...of, direction: z.enum(['forward', 'back']), step: count }), upcasts: [] },
  RolloutStepSkipped: { schema: z.strictObject({ ...asked, step: count, how: z.enum(['promote', 'skip']) }), upcasts: [] },
  RolloutFastForwarded: { schema: z.strictObject({ ...asked, plan }), upcasts: [] },
  RolloutRescaled: { schema: z.strictObject({ ...of, desired: count, surge: count, unavailable: count, plan }), upcasts: [] },
  RolloutMeasured: {
    schema: z.strictObject({
      ...of,
      step: count,
      measurement: z.strictObject({ fromMs: atMs, toMs: atMs, canary: sample, stable: sample }),
      judgement,
    }),
    upcasts: [],
  },
  RolloutPaused: { schema: z.strictObject(asked), upcasts: [] },
  RolloutResumed: { schema: z.strictObject(asked), upcasts: [] },
  RolloutAbortRequested: { schema: z.strictObject(asked), upcasts: [] },
  RolloutPromoted: { schema: z.strictObject(of), upcasts: [] },
  RolloutAborted: { schema: z.strictObject({ ...of, reason: text, plan }), upcasts: [unchanged] }, // plans had fewer kinds of steps
  RolloutCompleted: { schema: z.strictObject(of), upcasts: [] },
  RolloutRolledBack: { schema: z.strictObject({ ...of, reason: text }), upcasts: [] },
  RolloutFailed: { schema: z.strictObject({ ...of, reason: text }), upcasts: [] },
  RolloutSuperseded: { schema: z.strictObject({ ...of, byActivationId: id }), upcasts: [] },
};
