import { z } from 'zod';

const position = z.number().int().min(0);

/** Hints between the services, each by its subject below `slipway.signals`. None is relied on; see the `Signals` port. */
export const signalContracts = {
  'log.appended': {
    summary: 'The log has grown at least to this position.',
    schema: z.object({ position }),
  },
  'proxy.report': {
    summary: 'What a proxy says of itself, at every change that matters and as a heartbeat.',
    schema: z.object({
      proxyId: z.string(),
      position: position.describe('Every request from now on is routed by a table that contains the log up to here'),
      inFlightByReplica: z.record(z.string(), z.number().int().min(0)).describe('Requests running, by replica'),
    }),
  },
  'proxy.left': {
    summary: 'A proxy says goodbye: it has nothing running any more.',
    schema: z.object({ proxyId: z.string() }),
  },
} as const;
