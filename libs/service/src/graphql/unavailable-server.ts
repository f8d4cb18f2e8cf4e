import { CONNECTION_TROUBLE } from '../lifecycle/trouble-report.js';

/** An error of a log, a database or the network, told by its shape: they come from libraries this one does not know. */
type Failure = { readonly code?: unknown; readonly outcome?: unknown; readonly cause?: unknown; readonly message?: unknown };

/** Codes of errors of the event log that pass, or that an operator makes pass. */
const LOG_CODES: ReadonlySet<unknown> = new Set(['LOG_UNREACHABLE', 'LOG_RIGHTS', 'LOG_CLOSED']);
const NETWORK_CODES: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
/** PostgreSQL: connection lost, out of resources, stopping or starting, only a standby, held up. */
const POSTGRES_STATES = /^(?:08...|53...|57P..|57014|25006|55P03)$/;
const DISK_FULL = '53100';

/** What is away, for a user to read, when an error says that a server is; null for any other error. */
export function unavailableServer(error: unknown): string | null {
  const { code, outcome, cause, message } = Object(error) as Failure;
  const isLog = LOG_CODES.has(code);
  if (isLog && outcome === 'unknown') return 'the event log, which was lost while it recorded this: look whether it did before you repeat it. It';
  const reason = isLog ? (Object(cause) as Failure).code : code;
  const why = reason === DISK_FULL ? ' (its disk is full)' : '';
  if (isLog) return `the event log${why}`;
  const isPostgres = typeof code === 'string' && (NETWORK_CODES.has(code) || POSTGRES_STATES.test(code));
  return isPostgres || (typeof message === 'string' && CONNECTION_TROUBLE.test(message)) ? `the database${why}` : null;
}
