import * as errors from './eventstore-errors.js';

/** What the client's errors are told apart by: its own word, else the number of gRPC's status. */
type ClientError = { readonly type?: string; readonly code?: number; readonly message?: string; readonly leader?: unknown };

const GRPC_PERMISSION_DENIED = 7;
const GRPC_UNIMPLEMENTED = 12;

/** The connection is of no use any more: the next call needs another. */
export function connectionIsGone(error: unknown): boolean {
  return mayBeTriedAtOnce(error) || kindOf(error) === 'deadline-exceeded';
}

/** Nothing waited for this answer: another attempt on another connection costs nobody time. */
export function mayBeTriedAtOnce(error: unknown): boolean {
  return ['unavailable', 'cancelled', 'not-leader'].includes(kindOf(error));
}

/** The server ended what should go on for ever. */
export function subscriptionEnded(): Error {
  return Object.assign(new Error('the server ended the subscription'), { type: 'unavailable' });
}

/** The error that the log's users get for one of the client's. */
export function typedError(error: unknown, server: string, stream: string): unknown {
  const { code, message = String(error) } = error as ClientError;
  const finding = message.split('\n', 1)[0] ?? '';
  switch (kindOf(error)) {
    case 'access-denied':
      return new errors.EventStoreAccessDeniedError(server, error);
    case 'stream-deleted':
      return new errors.EventStoreStreamDeletedError(server, stream, error);
    case 'unavailable':
      return speaksSomethingElse(finding)
        ? new errors.EventStoreWrongServerError(server, finding, error)
        : new errors.EventStoreUnreachableError(server, finding, error);
    case 'timeout':
    case 'deadline-exceeded':
    case 'cancelled':
    case 'not-leader':
      return new errors.EventStoreUnreachableError(server, finding, error);
    case 'unknown':
      if (code === GRPC_PERMISSION_DENIED) return new errors.EventStoreAccessDeniedError(server, error);
      if (code === GRPC_UNIMPLEMENTED || speaksSomethingElse(finding)) return new errors.EventStoreWrongServerError(server, finding, error);
      return error;
    default:
      return error;
  }
}

/** What an HTTP server of another kind, or no HTTP server at all, looks like to a gRPC client. */
function speaksSomethingElse(finding: string): boolean {
  return /protocol error|HTTP status|invalid content-type|bad frame|parse error/i.test(finding);
}

function kindOf(error: unknown): string {
  return (error as ClientError).type ?? '';
}
