import { randomUUID } from 'node:crypto';
import { invalidInput } from '@slipway/contracts';
import { currentTraceparent } from '../telemetry/with-span.js';

/** Who asks, from sign-in at the door; every command carries it. */
export type RequestContext = {
  readonly actor: string;
  readonly requestId: string;
  readonly correlationId: string;
  /** From the `Idempotency-Key` header if given, else random; inside a root mutation field it is `<key>/<response key>`. */
  readonly commandId: string;
  readonly idempotencyKey: string | null;
  /** The response key of the root mutation field as the client wrote it; a gateway that renames fields on their way sets it. */
  readonly responseKey?: string;
  /** W3C trace context: of the span that is active here, else of the caller, if it sent a well-formed one. */
  readonly traceparent: string | null;
  /** Aborted when the caller leaves or its time is up. */
  readonly signal?: AbortSignal;
};

/** What every resolver of a subgraph receives as its context. */
export type GraphQLContext = {
  readonly request: RequestContext;
  /** Batch loaders of this request, by name. */
  readonly loaders: Map<string, unknown>;
};

/** Reads one request header by its lower-case name. */
export type HeaderReader = (name: string) => string | null;

/** Longest accepted `Idempotency-Key`, `x-request-id` and `x-correlation-id`, in characters. */
export const REQUEST_KEY_CHARS_MAX = 200;

/**
 * The context of a request that has just signed in.
 * @throws SlipwayError INVALID_INPUT when `Idempotency-Key` is not 1 to 200 visible ASCII characters.
 */
export function requestContext(actor: string, header: HeaderReader, signal?: AbortSignal): RequestContext {
  const requestId = visible(header('x-request-id')) ?? randomUUID();
  const idempotencyKey = parseIdempotencyKey(header('idempotency-key'));
  return {
    actor,
    requestId,
    correlationId: visible(header('x-correlation-id')) ?? requestId,
    commandId: idempotencyKey ?? randomUUID(),
    idempotencyKey,
    traceparent: currentTraceparent() ?? parseTraceparent(header('traceparent')),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** A fresh context per execution: loaders never outlive the request that filled them. */
export function graphQLContext(request: RequestContext): GraphQLContext {
  return { request, loaders: new Map() };
}

/** `null` when absent; a malformed trace context is dropped, as its standard asks. */
export function parseTraceparent(text: string | null): string | null {
  return text !== null && /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(text) ? text : null;
}

function parseIdempotencyKey(text: string | null): string | null {
  if (text === null) return null;
  const key = visible(text);
  if (key === null) {
    throw invalidInput([{ field: 'Idempotency-Key', problem: `must be 1 to ${REQUEST_KEY_CHARS_MAX} visible ASCII characters` }]);
  }
  return key;
}

function visible(text: string | null): string | null {
  return text !== null && text.length > 0 && text.length <= REQUEST_KEY_CHARS_MAX && /^[\x21-\x7e]+$/.test(text) ? text : null;
}
