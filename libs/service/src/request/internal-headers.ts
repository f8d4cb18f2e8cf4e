import { SlipwayError } from '@slipway/contracts';
import { sameToken } from '../secrets/same-token.js';
import { currentTraceparent } from '../telemetry/with-span.js';
import { parseTraceparent, type HeaderReader, type RequestContext } from './request-context.js';

/** Carries the token that services show each other; without it the other headers mean nothing. */
export const INTERNAL_TOKEN_HEADER = 'x-slipway-internal-token';

/** A request context as headers from the gateway to a service. Values are percent-encoded, so that any actor name fits. */
export function toInternalHeaders(request: RequestContext, internalToken: string): Record<string, string> {
  const traceparent = currentTraceparent() ?? request.traceparent;
  return {
    [INTERNAL_TOKEN_HEADER]: internalToken,
    'x-slipway-actor': encodeURIComponent(request.actor),
    'x-slipway-request-id': encodeURIComponent(request.requestId),
    'x-slipway-correlation-id': encodeURIComponent(request.correlationId),
    'x-slipway-command-id': encodeURIComponent(request.commandId),
    ...(request.idempotencyKey === null ? {} : { 'x-slipway-idempotency-key': encodeURIComponent(request.idempotencyKey) }),
    ...(request.responseKey === undefined ? {} : { 'x-slipway-response-key': encodeURIComponent(request.responseKey) }),
    ...(traceparent === null ? {} : { traceparent }),
  };
}

/**
 * The context the gateway vouches for.
 * @throws SlipwayError UNAUTHENTICATED without the right internal token; a service that has none believes nobody.
 */
export function fromInternalHeaders(header: HeaderReader, internalToken: string | null, signal?: AbortSignal): RequestContext {
  const presented = header(INTERNAL_TOKEN_HEADER);
  if (internalToken === null || presented === null || !sameToken(presented, internalToken)) {
    throw new SlipwayError('UNAUTHENTICATED', { tokenFile: 'the platform; services answer through the gateway only' });
  }
  const read = (name: string): string | null => {
    const value = header(name);
    return value === null ? null : decodeURIComponent(value);
  };
  const requestId = read('x-slipway-request-id') ?? 'unknown';
  const responseKey = read('x-slipway-response-key');
  return {
    actor: read('x-slipway-actor') ?? 'gateway',
    requestId,
    correlationId: read('x-slipway-correlation-id') ?? requestId,
    commandId: read('x-slipway-command-id') ?? requestId,
    idempotencyKey: read('x-slipway-idempotency-key'),
    traceparent: currentTraceparent() ?? parseTraceparent(header('traceparent')),
    ...(responseKey === null ? {} : { responseKey }),
    ...(signal === undefined ? {} : { signal }),
  };
}
