import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { BusSetupError, BusUnreachableError, isBusError, type BusError } from '../bus-errors.js';

/** Error codes of JetStream's API; the same since 2.9. */
export const WRONG_LAST_SEQUENCE = 10071;
export const WRONG_LAST_MESSAGE_ID = 10070;
export const STREAM_NOT_CREATED = 10049;
export const STREAM_NOT_FOUND = 10059;
export const CONSUMER_NOT_FOUND = 10014;
const NOT_ENABLED = new Set([10039, 10076]);
/** Cluster without leader, shutting down, and the like: it passes. */
const TEMPORARY_STATUS = 503;

export const apiCode = (error: unknown): number | null => (error instanceof JetStreamApiError ? error.code : null);

/** Nobody listens on the subject: the stream is gone, or JetStream is. */
export const isNobodyListening = (error: unknown): boolean => error instanceof Error && error.name === 'JetStreamNotEnabled'; // a class the client does not export

/** Any error of the client as one of ours, in one line. */
export function busErrorOf(error: unknown): BusError {
  if (isBusError(error)) return error;
  const reason = oneLine(error);
  if (isNobodyListening(error) || NOT_ENABLED.has(apiCode(error) ?? 0))
    return new BusSetupError('JetStream is not enabled on this NATS server (or for this account): start it with --jetstream', { cause: error });
  const refused = refusal(error);
  if (refused !== null) return new BusSetupError(`NATS refuses this user: ${refused}`, { cause: error });
  if (error instanceof JetStreamApiError && error.status !== TEMPORARY_STATUS) return new BusSetupError(`NATS: ${reason}`, { cause: error });
  return new BusUnreachableError(`NATS does not answer: ${reason}`, { cause: error });
}

function refusal(error: unknown): string | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof errors.PermissionViolationError) return `no permission for ${cause.operation} on ${cause.subject}`;
    if (cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError) return oneLine(cause);
  }
  return null;
}

/** A pull that ended because its consumer is gone. Servers say so in a status that has a text and no code of its own. */
export const isConsumerGone = (error: unknown): boolean =>
  apiCode(error) === CONSUMER_NOT_FOUND || (error instanceof JetStreamError && /consumer deleted/i.test(error.message));

function oneLine(error: unknown): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const text = inner instanceof Error ? inner.message || inner.name : String(inner);
  return text.replace(/\s+/g, ' ').trim();
}
