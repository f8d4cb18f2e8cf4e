import type { AccessEvent, DeploymentEvent, NameEvent, ReplicaEvent, RevisionEvent, RolloutEvent, ScalingEvent, StatusEvent } from '@slipway/domain';
import { accessEvents, nameEvents } from './access-and-name-events.contract.js';
import { deploymentEvents } from './deployment-events.contract.js';
import { parseWith, serializeWith, type EventContracts, type StoredEvent } from './event-contract.js';
import { replicaEvents } from './replica-events.contract.js';
import { revisionEvents } from './revision-events.contract.js';
import { rolloutEvents } from './rollout-events.contract.js';
import { scalingEvents } from './scaling-events.contract.js';
import { statusEvents } from './status-events.contract.js';

/** Every fact the system knows. Type names are unique over all streams. */
export type SlipwayEvent = DeploymentEvent | RevisionEvent | AccessEvent | NameEvent | RolloutEvent | ReplicaEvent | ScalingEvent | StatusEvent;

export const eventCatalogue: EventContracts<SlipwayEvent> = {
  ...deploymentEvents,
  ...revisionEvents,
  ...accessEvents,
  ...nameEvents,
  ...rolloutEvents,
  ...replicaEvents,
  ...scalingEvents,
  ...statusEvents,
};

export const serializeEvent = (event: SlipwayEvent): StoredEvent => serializeWith(eventCatalogue, event);

/** Null for the private records of process streams, which are no facts of the domain. */
export function parseEvent(stored: StoredEvent): SlipwayEvent | null {
  return Object.hasOwn(eventCatalogue, stored.type) || !isProcessRecord(stored) ? parseWith(eventCatalogue, stored) : null;
}

/** Parses an event of one aggregate's stream; any other there means that the stream is corrupt. */
export const parseEventAs =
  <E extends SlipwayEvent>() =>
  (stored: StoredEvent): E =>
    parseWith(eventCatalogue, stored) as E;

const isProcessRecord = (stored: StoredEvent): boolean => stored.type.startsWith('Process');

/** The types of one aggregate's events, for filters. */
export const deploymentEventTypes = Object.keys(deploymentEvents);
export const replicaEventTypes = Object.keys(replicaEvents);
export const rolloutEventTypes = Object.keys(rolloutEvents);
export const scalingEventTypes = Object.keys(scalingEvents);
export const statusEventTypes = Object.keys(statusEvents);
export const accessEventTypes = Object.keys(accessEvents);
export const nameEventTypes = Object.keys(nameEvents);
