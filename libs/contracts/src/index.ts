export {
  accessEventTypes,
  deploymentEventTypes,
  eventCatalogue,
  nameEventTypes,
  parseEvent,
  parseEventAs,
  replicaEventTypes,
  rolloutEventTypes,
  scalingEventTypes,
  serializeEvent,
  statusEventTypes,
  type SlipwayEvent,
} from './events/event-catalogue.js';
export { effectPlace, toRecordedFact, type EffectPlace } from './events/recorded-fact.js';
export { parseWith, serializeWith, type EventContracts, type StoredEvent } from './events/event-contract.js';
export { splitStream, streams, type StreamCategory } from './events/streams.js';
export { revisionSpec } from './events/revision-events.contract.js';
export { errorCatalogue, invalidInput, isSlipwayError, SlipwayError, type ErrorCode, type FieldProblem } from './errors/error-catalogue.js';
export {
  chatCompletion,
  chatCompletionChunk,
  chatCompletionRequest,
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatCompletionRequest,
} from './openai/chat-completion.js';
export { completion, completionChunk, completionRequest, type Completion, type CompletionChunk, type CompletionRequest } from './openai/completion.js';
export { base64EmbeddingList, embeddingList, embeddingRequest, type EmbeddingList, type EmbeddingRequest } from './openai/embedding.js';
export { openAiErrorBody, type OpenAiErrorBody } from './openai/error-body.js';
export { tokenUsage, type TokenUsage } from './openai/generation-fields.js';
export { modelList, openAiModel, type ModelList, type OpenAiModel } from './openai/model.js';
export { logRefusal } from './errors/log-refusal.js';
export { OPENAI_ERRORS, openAiError, type OpenAiErrorName } from './errors/openai-errors.js';
export type { Fact, FactMetadata } from './bus/fact.js';
export { factEnvelope, parseFactEnvelope, toFactEnvelope, type FactEnvelope } from './bus/fact-envelope.contract.js';
export { ALL_FACTS_SUBJECT, contextOf, FACTS_SUBJECT, factSubject, parseFactSubject, SIGNALS_SUBJECT, subjectToken, type FactAddress } from './bus/fact-subject.js';
export { ENGINES_PER_READING_MAX, signalContracts, TRAFFIC_ROWS_PER_REPORT_MAX } from './bus/signal.contract.js';
