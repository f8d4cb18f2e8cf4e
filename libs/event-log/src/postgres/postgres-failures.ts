import { CorruptLogError, LogClosedError, LogRightsError, LogUnreachableError, LogVersionError } from '../log-errors.js';
import { PoolClosedError } from '../patient-pool.js';

/**
 * Postgres' and the network's ways of failing as the log's own errors: one line each, with what to do.
 * `lost` is what became of an append whose connection broke; where the server itself answered with an error, it wrote nothing.
 */
export function asLogError(error: unknown, log: string, lost: 'not-written' | 'unknown'): unknown {
  if (OURS.some((kind) => error instanceof kind) || !isFailure(error)) return error;
  if (error instanceof PoolClosedError) return new LogClosedError();
  const { code } = error;
  const finding = oneLine(error);
  if (error.name === 'SyntaxError') return corrupt(log, finding, null, error);
  if (typeof code !== 'string' || !SQLSTATE.test(code)) return new LogUnreachableError(log, finding, lost, error);
  if (HELD_UP.includes(code))
    return new LogUnreachableError(log, `${finding}: another writer or a slow disk held it up`, 'not-written', error);
  if (code === '42501') return new LogRightsError(log, finding, GRANT_ADVICE, error);
  if (code === '25006')
    return new LogRightsError(log, `${finding}: this server only reads, as a standby does`, 'Name the primary server in the URL.', error);
  if (code.startsWith('28')) return new LogRightsError(log, finding, 'Check the user and the password in the URL, and pg_hba.conf on the server.', error);
  if (code === '3D000') return new LogRightsError(log, finding, 'Create the database, or name another one in the URL.', error);
  if (code === '42P01' || code === '3F000' || code === '42703')
    return new LogVersionError(log, `its tables are missing or not ours (${finding})`, 'Run the SQL of postgresLogSchemaSql() as the owner of the database.');
  if (code === '23505') return corrupt(log, `its head is behind its events (${finding})`, null, error);
  if (code === 'XX001' || code === 'XX002') return corrupt(log, finding, null, error);
  if (code.startsWith('53')) return new LogUnreachableError(log, `the server is out of room or connections: ${finding}`, 'not-written', error);
  if (code.startsWith('08') || code.startsWith('57P') || code === '25P03') return new LogUnreachableError(log, finding, lost, error);
  return error;
}

export function corrupt(log: string, finding: string, intactThrough: number | null = null, cause?: unknown): CorruptLogError {
  return new CorruptLogError(log, finding, intactThrough, cause, 'Stop everything that writes to it, and restore the database from a backup.');
}

export const GRANT_ADVICE =
  'As the owner of the schema, grant the role USAGE on it, SELECT and INSERT on events, and SELECT and UPDATE on head (postgresLogSchemaSql() with a role prints the statements).';

const OURS = [CorruptLogError, LogClosedError, LogRightsError, LogUnreachableError, LogVersionError];
/** Timed out, lock not to be had, deadlock, serialisation failure: the server undid it all. */
const HELD_UP = ['57014', '55P03', '40P01', '40001'];
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Told by its shape, because an error of Node's own need not be an instance of this context's Error. */
type Failure = { readonly name: string; readonly message: string; readonly code?: unknown; readonly errors?: readonly { readonly message: string }[] };

function isFailure(error: unknown): error is Failure {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}

/** The failure of a host with several addresses has its text in its parts. */
function oneLine({ message, errors }: Failure): string {
  const texts = errors?.map((part) => part.message) ?? [message];
  return texts.join(', ').replace(/\s+/g, ' ').trim();
}
