import { EventStoreStreamDeletedError } from './eventstore-errors.js';
import { LogRightsError, LogUnreachableError, LogVersionError } from './log-errors.js';

/** What the client's errors are told apart by: its own word, else the number of gRPC's status. */
type ClientError = { readonly type?: string; readonly code?: number; readonly message?: string };

const GRPC_PERMISSION_DENIED = 7;
const GRPC_UNIMPLEMENTED = 12;
const LOGIN_ADVICE = 'Check the login in the connection string; it must be allowed to write, and to read $all.';
const SERVER_ADVICE = 'Name an EventStoreDB server, version 23.10 or later, and its HTTP port, and say tls=false where it has no certificate.';

/** What was being asked for: whether it writes, and of which stream. */
export type Asked = { readonly writes: boolean; readonly stream: string };

/** The connection is of no use any more: the next call needs another. */
export function connectionIsGone(error: unknown): boolean {
  return mayBeTriedAtOnce(error) || kindOf(error) === 'deadline-exceeded';
}

/** Nothing waited for this answer: another attempt on another connection costs nobody time. */
export function mayBeTriedAtOnce(error: unknown): boolean {
  return ['unavailable', 'cancelled', 'not-leader'].includes(kindOf(error));
}

/** It cannot have reached a server that would have done it. */
export function wasNotDone(error: unknown): boolean {
  return kindOf(error) === 'not-leader' || (kindOf(error) === 'unavailable' && /no connection established|ECONNREFUSED|name resolution/i.test(findingOf(error)));
}

/** The server ended what should go on for ever. */
export function subscriptionEnded(): Error {
  return Object.assign(new Error('the server ended the subscription'), { type: 'unavailable' });
}

/** The error that the log's users get for one of the client's. */
export function typedError(error: unknown, server: string, { stream }: Asked, outcome: 'not-written' | 'unknown'): unknown {
  const finding = findingOf(error);
  const { code } = error as ClientError;
  switch (kindOf(error)) {
    case 'access-denied':
      return new LogRightsError(server, 'access is denied', LOGIN_ADVICE, error);
    case 'stream-deleted':
      return new EventStoreStreamDeletedError(server, stream, error);
    case 'unavailable':
      return speaksSomethingElse(finding) ? new LogVersionError(server, finding, SERVER_ADVICE) : new LogUnreachableError(server, finding, outcome, error);
    case 'timeout':
    case 'deadline-exceeded':
    case 'cancelled':
    case 'not-leader':
      return new LogUnreachableError(server, finding, outcome, error);
    case 'unsupported':
      return new LogVersionError(server, finding, SERVER_ADVICE);
    case 'unknown':
      if (code === GRPC_PERMISSION_DENIED) return new LogRightsError(server, 'access is denied', LOGIN_ADVICE, error);
      if (code === GRPC_UNIMPLEMENTED || speaksSomethingElse(finding)) return new LogVersionError(server, finding, SERVER_ADVICE);
      return error;
    default:
      return error;
  }
}

/** What an HTTP server of another kind, or no HTTP server at all, looks like to a gRPC client. */
function speaksSomethingElse(finding: string): boolean {
  return /protocol error|HTTP status|invalid content-type|bad frame|parse error/i.test(finding);
}

function findingOf(error: unknown): string {
  const { message = String(error) } = error as ClientError;
  return message.split('\n', 1)[0] ?? '';
}

/** Some failures come as gRPC's own, before the client has translated them. */
function kindOf(error: unknown): string {
  const { type, code } = error as ClientError;
  return type ?? KINDS_BY_CODE.get(code ?? 0) ?? '';
}

const KINDS_BY_CODE: ReadonlyMap<number, string> = new Map([
  [1, 'cancelled'],
  [2, 'unknown'],
  [4, 'deadline-exceeded'],
  [GRPC_PERMISSION_DENIED, 'access-denied'],
  [10, 'timeout'],
  [GRPC_UNIMPLEMENTED, 'unknown'],
  [13, 'unknown'],
  [14, 'unavailable'],
  [16, 'access-denied'],
]);
