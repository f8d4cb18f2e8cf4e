import type { ReplicaEvent } from '@slipway/domain';
import { z } from 'zod';
import type { EventContracts } from './event-contract.js';
import { atMs, count, id, text } from './fields.js';

const of = { deploymentId: id, revisionId: id, atMs };
const exitCode = z.number().int().nullable();
const lastLines = z.array(text).max(100);

export const replicaEvents: EventContracts<ReplicaEvent> = {
  ReplicaRequested: { schema: z.strictObject({ ...of, replicaId: id, name: text, ordinal: count }), upcasts: [] },
  ReplicaLaunched: { schema: z.strictObject({ ...of, attempt: count, endpoint: text, handle: text }), upcasts: [] },
  ReplicaReady: { schema: z.strictObject({ ...of, attempt: count }), upcasts: [] },
  ReplicaUnready: { schema: z.strictObject({ ...of, attempt: count, reason: text }), upcasts: [] },
  ReplicaExited: {
    schema: z.strictObject({ ...of, attempt: count, exitCode, signal: text.nullable(), lastLines, restartAtMs: atMs }),
    upcasts: [],
  },
  ReplicaFailed: {
    schema: z.strictObject({
      ...of,
      errorData: z.strictObject({
        reason: z.enum(['CRASH_LOOP', 'LAUNCH_FAILED', 'UNSUPPORTED', 'EXITED']),
        message: text,
        exitCode,
        signal: text.nullable(),
        lastLines,
      }),
    }),
    upcasts: [],
  },
  ReplicaDraining: { schema: z.strictObject({ ...of, reason: text, deadlineMs: atMs }), upcasts: [] },
  ReplicaDrained: { schema: z.strictObject({ ...of, forced: z.boolean(), inFlight: count }), upcasts: [] },
  ReplicaStopped: { schema: z.strictObject(of), upcasts: [] },
};
