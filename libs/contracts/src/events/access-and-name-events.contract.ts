import type { AccessEvent, NameEvent } from '@slipway/domain';
import { z } from 'zod';
import type { EventContracts } from './event-contract.js';
import { atMs, id, sha256, text } from './fields.js';

export const accessEvents: EventContracts<AccessEvent> = {
  AccessTokenCreated: {
    schema: z.strictObject({
      tokenId: id,
      deploymentId: id,
      name: text.nullable(),
      hash: sha256,
      prefix: text.max(16),
      createdBy: text,
      expiresAtMs: atMs.nullable(),
      mayPinRevisions: z.boolean(),
      atMs,
    }),
    upcasts: [(older: object) => ({ ...older, mayPinRevisions: false })],
  },
  AccessTokenDeleted: { schema: z.strictObject({ tokenId: id, deploymentId: id, atMs }), upcasts: [] },
};

export const nameEvents: EventContracts<NameEvent> = {
  NameReserved: { schema: z.strictObject({ deploymentId: id, atMs }), upcasts: [] },
  NameReleased: { schema: z.strictObject({ deploymentId: id, atMs }), upcasts: [] },
};
