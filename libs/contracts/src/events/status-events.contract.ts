import type { StatusEvent } from '@slipway/domain';
import { z } from 'zod';
import type { EventContracts } from './event-contract.js';
import { atMs, id, percent, text, weights } from './fields.js';

const status = z.enum(['INACTIVE', 'ACTIVE', 'HIBERNATED', 'PROVISIONING', 'UPDATING', 'FAILED', 'DESTROYING', 'DESTROYED']);

export const statusEvents: EventContracts<StatusEvent> = {
  DeploymentStatusChanged: { schema: z.strictObject({ from: status.nullable(), to: status, reason: text, atMs }), upcasts: [] },
  RoutingChanged: {
    schema: z.strictObject({ weights, mirror: z.strictObject({ revisionId: id, percent }).nullable(), atMs }),
    upcasts: [(older: object) => ({ ...older, mirror: null })],
  },
};
