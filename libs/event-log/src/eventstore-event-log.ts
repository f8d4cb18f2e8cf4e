import * as esdb from '@eventstore/db-client';
import type { Direction, EventLog, RecordedEvent } from './event-log.js';
import type * as connection from './eventstore-connection.js';
import { EventStoreConnectionStringError } from './eventstore-errors.js';
import { connectionIsGone, mayBeTriedAtOnce, subscriptionEnded, typedError, wasNotDone, type Asked } from './eventstore-failures.js';
import { importHistory, type HistoryImport } from './eventstore-history-import.js';
import { EventStoreLog } from './eventstore-log.js';
import { collectPage } from './eventstore-page.js';
import { LogClosedError } from './log-errors.js';

/** How long one append may take, one page of a read, and the first sign of life. Milliseconds. */
export const APPEND_DEADLINE_MS = 10_000;
export const READ_DEADLINE_MS = 10_000;
export const OPEN_DEADLINE_MS = 5_000;
const ATTEMPTS_MAX = 2;
const READS_ALL: Asked = { writes: false, stream: '$all' };

export type EventStoreEventLogOptions = {
  /** Milliseconds since 1970. Default: the system clock. */
  readonly nowMs?: () => number;
  /**
   * Keeps this log to the streams whose name on the server begins so, and lets several logs share a server. Each still
   * reads what the others write, and throws it away: a log of any size belongs on a server of its own. Default: none.
   */
  readonly streamPrefix?: string;
};

/**
 * The log on an EventStoreDB server (23.10 and later), by its connection string. Positions are the server's commit
 * positions, bytes into its log: they have gaps, and are exact up to 2^53, nine petabytes. Durable as the server is.
 *
 * Throws LogUnreachableError, LogRightsError, LogVersionError (another kind of server) or
 * EventStoreConnectionStringError. Afterwards an outage makes reads and appends throw LogUnreachableError, while
 * followers wait and go on by themselves.
 */
export async function openEventStoreEventLog(connectionString: string, options: EventStoreEventLogOptions = {}): Promise<EventLog> {
  const server = await connect(connectionString);
  return new EventStoreLog(server, { nowMs: options.nowMs ?? Date.now, streamPrefix: options.streamPrefix ?? '' });
}

/**
 * Copies the whole history of another log, in its order, into an empty one: ids, revisions, metadata and times stay as
 * they are; positions are the server's own, so no checkpoint taken on the old log means anything on the new one. What an
 * interrupted import left is found again and gone on from. Nobody may write meanwhile.
 *
 * Throws HistoryMismatchError when the target holds anything else, and what `openEventStoreEventLog` throws.
 */
export async function importHistoryIntoEventStore(
  connectionString: string,
  events: AsyncIterable<readonly RecordedEvent[]>,
  options: Pick<EventStoreEventLogOptions, 'streamPrefix'> = {},
): Promise<HistoryImport> {
  const server = await connect(connectionString);
  try {
    return await importHistory(server, options.streamPrefix ?? '', events);
  } finally {
    await server.close();
  }
}

async function connect(connectionString: string): Promise<ClientConnection> {
  const server = new ClientConnection(connectionString);
  try {
    await server.probe();
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

/**
 * What is used of the client beyond its public types, whose version is pinned. `supports` is answered with no, so that
 * appends take the plain call: the batched one shares one table of promises between all clients of a process, whose
 * late answers then end the process, rejects its waiting writes where nobody can catch it, and never times out.
 * `handleError` does nothing, because it closes the connection under calls that are just being made, which is another
 * rejection that nobody can catch: instead a client that lost its server is replaced and closed once it is idle.
 */
type ClientInternals = { supports: () => Promise<boolean>; handleError: () => Promise<void>; getChannel(): Promise<{ close(): void }> };

type Lease = { readonly client: esdb.EventStoreDBClient; calls: number; retired: boolean };

class ClientConnection implements connection.EventStoreConnection {
  readonly server: string;
  readonly #connectionString: string;
  #lease: Lease;
  readonly #closing = new AbortController();

  constructor(connectionString: string) {
    this.#connectionString = connectionString;
    this.server = serverOf(connectionString);
    this.#lease = this.#connect();
  }

  async probe(): Promise<void> {
    await this.#call(READS_ALL, (client) => this.#readAll(client, 'backwards', 'end', 1, OPEN_DEADLINE_MS));
  }

  append(stream: string, events: readonly connection.ConnectionEvent[], expectedRevision: number): Promise<connection.ConnectionOutcome> {
    const expected = expectedRevision === -1 ? esdb.NO_STREAM : BigInt(expectedRevision);
    return this.#call({ writes: true, stream }, async (client) => {
      const data = events.map(toEventData);
      const writing = client.appendToStream(stream, data, { expectedRevision: expected, deadline: APPEND_DEADLINE_MS, requiresLeader: true });
      const result = await writing.catch((error: unknown) => outcomeOf(error) ?? Promise.reject(error as Error));
      if (!('success' in result)) return result;
      return { appended: { revision: Number(result.nextExpectedRevision), position: Number(result.position?.commit) } };
    });
  }

  async readStream(stream: string, direction: Direction, from: number | 'end', countMax: number): Promise<connection.ConnectionPage | null> {
    const fromRevision: esdb.ReadRevision = from === 'end' ? esdb.END : BigInt(from);
    return this.#call({ writes: false, stream }, async (client) => {
      const reading = collectPage(client.readStream(stream, { direction, fromRevision, maxCount: countMax }), countMax, READ_DEADLINE_MS, this.#closing.signal);
      return reading.catch((error: unknown) => (error instanceof esdb.StreamNotFoundError ? null : Promise.reject(error as Error)));
    });
  }

  readAll(direction: Direction, from: number | 'start' | 'end', countMax: number): Promise<connection.ConnectionPage> {
    return this.#call(READS_ALL, (client) => this.#readAll(client, direction, from, countMax, READ_DEADLINE_MS));
  }

  subscribe(prefix: string, from: 'start' | 'end', listener: connection.SubscriptionListener, signal: AbortSignal): Promise<void> {
    const filter = prefix === '' ? esdb.streamNameFilter({ regex: '^[^$]' }) : esdb.streamNameFilter({ prefixes: [prefix] });
    return this.#call(
      READS_ALL,
      (client) =>
        new Promise<void>((resolve, reject) => {
          const subscription = client.subscribeToAll({ fromPosition: from, filter });
          const leave = (): void => {
            signal.removeEventListener('abort', leave);
            void subscription.unsubscribe().catch(() => undefined); // it may never have been there
            resolve();
          };
          signal.addEventListener('abort', leave);
          subscription.on('confirmation', () => listener.begun());
          subscription.on('caughtUp', () => listener.caughtUp());
          subscription.on('data', ({ event }) => event !== undefined && listener.event(event.streamId, Number(event.position.commit)));
          subscription.on('end', () => reject(subscriptionEnded()));
          subscription.on('error', (error: unknown) => {
            signal.removeEventListener('abort', leave);
            reject(error as Error);
          });
          if (signal.aborted) leave();
        }),
      1, // whoever subscribes decides when to do it again
    );
  }

  async close(): Promise<void> {
    this.#closing.abort(new LogClosedError());
    this.#retire(this.#lease);
    await this.#lease.client.dispose();
  }

  #readAll(client: esdb.EventStoreDBClient, direction: Direction, from: number | 'start' | 'end', countMax: number, deadlineMs: number) {
    const position = typeof from === 'string' ? from : { commit: BigInt(from), prepare: BigInt(from) };
    return collectPage(client.readAll({ direction, fromPosition: position, maxCount: countMax }), countMax, deadlineMs, this.#closing.signal);
  }

  /** Tries again at once, on a new connection, when the old one turns out to be gone; appends may be, since they name what they expect. */
  async #call<T>(asked: Asked, work: (client: esdb.EventStoreDBClient) => Promise<T>, attemptsMax = ATTEMPTS_MAX): Promise<T> {
    let mayBeDone = false;
    for (let attempt = 1; ; attempt++) {
      const lease = this.#lease;
      lease.calls++;
      try {
        return await work(lease.client);
      } catch (error) {
        mayBeDone ||= asked.writes && !wasNotDone(error);
        if (connectionIsGone(error)) this.#replace(lease);
        if (attempt >= attemptsMax || !mayBeTriedAtOnce(error)) throw typedError(error, this.server, asked, mayBeDone ? 'unknown' : 'not-written');
      } finally {
        lease.calls--;
        if (lease.retired && lease.calls === 0) closeChannel(lease.client);
      }
    }
  }

  #connect(): Lease {
    try {
      const client = esdb.EventStoreDBClient.connectionString(this.#connectionString);
      const internals: Partial<ClientInternals> = { supports: async () => false, handleError: async () => undefined };
      return { client: Object.assign(client, internals), calls: 0, retired: false };
    } catch (error) {
      throw new EventStoreConnectionStringError(error);
    }
  }

  #replace(lease: Lease): void {
    if (lease.retired) return;
    this.#lease = this.#connect();
    this.#retire(lease);
  }

  #retire(lease: Lease): void {
    lease.retired = true;
    if (lease.calls === 0) closeChannel(lease.client);
  }
}

/** The server in a message: without its login. */
function serverOf(connectionString: string): string {
  const [address = ''] = connectionString.trim().split('?');
  const [scheme = '', rest = ''] = address.split('://');
  return `${scheme}://${rest.slice(rest.lastIndexOf('@') + 1).replace(/\/+$/, '')}`;
}

function closeChannel(client: esdb.EventStoreDBClient): void {
  const internals = client as unknown as ClientInternals;
  internals.getChannel().then((channel) => channel.close(), () => undefined); // it never found a server
}

function outcomeOf(error: unknown): connection.ConnectionOutcome | null {
  if (error instanceof esdb.WrongExpectedVersionError)
    return { conflict: { actualRevision: error.actualVersion === esdb.NO_STREAM ? -1 : Number(error.actualVersion) } };
  if (error instanceof esdb.MaxAppendSizeExceededError) return { tooLarge: { sizeBytesMax: error.maxAppendSize } };
  return null;
}

function toEventData({ id, type, data, metadata }: connection.ConnectionEvent): esdb.EventData {
  if (typeof data !== 'string') return esdb.binaryEvent({ id, type, data, metadata });
  return esdb.jsonEvent({ id, type, data: JSON.parse(data) as esdb.JSONType, metadata }); // the client makes text of it again
}
