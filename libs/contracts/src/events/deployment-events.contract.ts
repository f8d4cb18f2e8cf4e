import type { DeploymentEvent } from '@slipway/domain';
import { z } from 'zod';
import type { EventContracts } from './event-contract.js';
import { atMs, count, id, sha256, stickiness, strategy, text, unchanged } from './fields.js';

const why = { reason: z.exactOptional(text) };
const cause = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('create') }),
  z.strictObject({ kind: z.literal('activate'), ...why }),
  z.strictObject({ kind: z.literal('retry'), ofRolloutId: id, ...why }),
  z.strictObject({ kind: z.literal('rollback'), toTimeMs: atMs.nullable(), expectedHash: text.nullable(), ...why }),
]);

export const deploymentEvents: EventContracts<DeploymentEvent> = {
  DeploymentCreated: {
    schema: z.strictObject({
      deploymentId: id,
      name: text,
      domain: text,
      project: text,
      createdBy: text,
      openToPublic: z.boolean(),
      preferredDomainName: text.nullable(),
      tags: z.array(text),
      strategy,
      desiredReplicaCount: count,
      stickiness: z.exactOptional(stickiness),
      atMs,
    }),
    upcasts: [unchanged], // strategies had fewer fields
  },
  RevisionRegistered: { schema: z.strictObject({ revisionId: id, number: count, contentHash: sha256, atMs }), upcasts: [] },
  DeploymentRenamed: { schema: z.strictObject({ name: text, previousName: text, atMs }), upcasts: [] },
  DeploymentVisibilityChanged: { schema: z.strictObject({ openToPublic: z.boolean(), atMs }), upcasts: [] },
  PreferredDomainNameChanged: {
    schema: z.strictObject({ preferredDomainName: text.nullable(), previous: text.nullable(), atMs }),
    upcasts: [],
  },
  DeploymentTagsChanged: { schema: z.strictObject({ tags: z.array(text), atMs }), upcasts: [] },
  DeploymentStrategyChanged: { schema: z.strictObject({ strategy, atMs }), upcasts: [unchanged] },
  DeploymentStickinessChanged: { schema: z.strictObject({ stickiness, atMs }), upcasts: [] },
  ReplicasDesired: { schema: z.strictObject({ desiredReplicaCount: count, atMs }), upcasts: [] },
  RevisionActivationRequested: {
    schema: z.strictObject({ activationId: id, revisionId: id, previousRevisionId: id.nullable(), cause, atMs }),
    upcasts: [unchanged], // nothing could be tried again
  },
  RevisionActivated: { schema: z.strictObject({ activationId: id, revisionId: id, atMs }), upcasts: [] },
  RevisionActivationFailed: { schema: z.strictObject({ activationId: id, revisionId: id, reason: text, atMs }), upcasts: [] },
  RollbackVerified: {
    schema: z.strictObject({ activationId: id, expectedHash: text, actualHash: text, verified: z.boolean(), atMs }),
    upcasts: [],
  },
  DeploymentDeletionRequested: { schema: z.strictObject({ atMs }), upcasts: [] },
  DeploymentDeleted: { schema: z.strictObject({ atMs }), upcasts: [] },
};
