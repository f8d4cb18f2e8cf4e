import { parseEventAs, serializeEvent } from '@slipway/contracts';
import { access, deployment, name, revision } from '@slipway/domain';
import type { AccessEvent, DeploymentEvent, NameEvent, RevisionEvent } from '@slipway/domain';

/** The streams this service writes, and nobody else. */
export const aggregates = {
  deployment: { decider: deployment, parse: parseEventAs<DeploymentEvent>(), serialize: serializeEvent },
  revision: { decider: revision, parse: parseEventAs<RevisionEvent>(), serialize: serializeEvent },
  access: { decider: access, parse: parseEventAs<AccessEvent>(), serialize: serializeEvent },
  name: { decider: name, parse: parseEventAs<NameEvent>(), serialize: serializeEvent },
};
