import type { RolloutEvent } from '@slipway/domain';
import { z } from 'zod';
import type { EventContracts } from './event-contract.js';
import { atMs, count, id, percent, text } from './fields.js';

const plan = z.array(
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('launch'), count }),
    z.strictObject({ type: z.literal('awaitReady'), count }),
    z.strictObject({ type: z.literal('setWeight'), weightPercent: percent }),
    z.strictObject({ type: z.literal('drain'), remaining: count }),
    z.strictObject({ type: z.literal('promote') }),
  ]),
);
const of = { deploymentId: id, activationId: id, atMs };

export const rolloutEvents: EventContracts<RolloutEvent> = {
  RolloutStarted: {
    schema: z.strictObject({
      ...of,
      rolloutId: id,
      targetRevisionId: id,
      previousRevisionId: id.nullable(),
      desired: count,
      surge: count,
      unavailable: count,
      plan,
    }),
    upcasts: [],
  },
  RolloutStepCompleted: { schema: z.strictObject({ ...of, direction: z.enum(['forward', 'back']), step: count }), upcasts: [] },
  RolloutAborted: { schema: z.strictObject({ ...of, reason: text, plan }), upcasts: [] },
  RolloutCompleted: { schema: z.strictObject(of), upcasts: [] },
  RolloutRolledBack: { schema: z.strictObject({ ...of, reason: text }), upcasts: [] },
  RolloutFailed: { schema: z.strictObject({ ...of, reason: text }), upcasts: [] },
  RolloutSuperseded: { schema: z.strictObject({ ...of, byActivationId: id }), upcasts: [] },
};
