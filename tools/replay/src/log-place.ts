import * as path from 'node:path';
import { parseLogAddress, type LogAddress } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from './exit-codes.js';

export type LogKind = 'sqlite' | 'postgres' | 'eventstore';

/** A log that other processes can see, and where it is. */
export type LogPlace = {
  readonly kind: LogKind;
  /** As the adapters open it. There may be a password in it. */
  readonly address: string;
  /** For people: without a login. */
  readonly label: string;
  /** SQLite's alone. Absolute. */
  readonly file: string | null;
};

export const LOG_KIND_NAMES: Readonly<Record<LogKind, string>> = { sqlite: 'SQLite', postgres: 'PostgreSQL', eventstore: 'EventStoreDB' };

/** These keep a hash of everything before each event, and count positions from 1 without gaps. */
export const keepsChain = ({ kind }: LogPlace): boolean => kind !== 'eventstore';

export function sqlitePlace(file: string): LogPlace {
  const absolute = path.resolve(file);
  return { kind: 'sqlite', address: `sqlite:${absolute}`, label: absolute, file: absolute };
}

/** Throws ReplayError for an address that is none, or of a log that ends with the process that holds it. */
export function logPlaceAt(address: string): LogPlace {
  const parsed = parsedAddress(address);
  switch (parsed.kind) {
    case 'sqlite':
      return sqlitePlace(parsed.file);
    case 'memory':
      throw new ReplayError(EXIT_CODES.usage, 'a log in memory can be seen by no other process: name one in a file or on a server');
    case 'postgres':
      if (parsed.schema !== undefined && !SCHEMA.test(parsed.schema))
        throw new ReplayError(EXIT_CODES.usage, `${JSON.stringify(parsed.schema)} is no schema of an event log: it must match ${SCHEMA.source}`);
      return { kind: 'postgres', address, label: `${serverLabel(address)}${parsed.schema === undefined ? '' : ` (schema ${parsed.schema})`}`, file: null };
    case 'eventstore':
      return { kind: 'eventstore', address, label: serverLabel(address), file: null };
  }
}

/** Throws ReplayError unless it is the URL of a PostgreSQL database. */
export function requireDatabaseUrl(url: string): string {
  if (!/^postgres(ql)?:\/\//i.test(url))
    throw new ReplayError(EXIT_CODES.usage, 'the database of the read models is named as postgres://<user>:<password>@<host>:<port>/<database>');
  serverLabel(url);
  return url;
}

/** Scheme, host, port and path. Throws ReplayError, which repeats nothing of the URL. */
export function serverLabel(url: string): string {
  const [, scheme = '', rest = ''] = /^([a-z+]+):\/\/([^?#]*)/i.exec(url.trim()) ?? [];
  const address = rest.slice(rest.lastIndexOf('@') + 1).replace(/\/+$/, '');
  if (address === '' || !/^[\w.,:[\]~%/-]+$/.test(address))
    throw new ReplayError(EXIT_CODES.usage, 'the URL names no server: it has to look like postgres://<user>:<password>@<host>:<port>/<database> or esdb://<host>:<port>');
  return `${scheme}://${address}`;
}

const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;

function parsedAddress(address: string): LogAddress {
  try {
    return parseLogAddress(address);
  } catch (error) {
    if (error instanceof TypeError) throw new ReplayError(EXIT_CODES.usage, error.message);
    throw error;
  }
}
