export {
  accessEventTypes,
  deploymentEventTypes,
  eventCatalogue,
  nameEventTypes,
  parseEvent,
  parseEventAs,
  replicaEventTypes,
  rolloutEventTypes,
  serializeEvent,
  statusEventTypes,
  type SlipwayEvent,
} from './events/event-catalogue.js';
export { parseWith, serializeWith, type EventContracts, type StoredEvent } from './events/event-contract.js';
export { splitStream, streams, type StreamCategory } from './events/streams.js';
export { revisionSpec } from './events/revision-events.contract.js';
export { errorCatalogue, invalidInput, isSlipwayError, SlipwayError, type ErrorCode, type FieldProblem } from './errors/error-catalogue.js';
export { MODEL_DEFINITION_BYTES_MAX, parseModelDefinition } from './model-definition/model-definition.js';
