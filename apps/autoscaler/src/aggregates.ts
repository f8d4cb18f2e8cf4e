import { parseEventAs, serializeEvent } from '@slipway/contracts';
import { scaling, type ScalingEvent } from '@slipway/domain';

/** The streams this service writes, and nobody else. */
export const aggregates = {
  scaling: { decider: scaling, parse: parseEventAs<ScalingEvent>(), serialize: serializeEvent },
};
