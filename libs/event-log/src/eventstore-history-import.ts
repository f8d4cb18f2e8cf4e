import { APPEND_BYTES_MAX } from './append-rules.js';
import { encodeEvent } from './encoded-event.js';
import type { RecordedEvent } from './event-log.js';
import { HistoryMismatchError } from './import-history.js';
import type { ConnectionEvent, EventStoreConnection } from './eventstore-connection.js';
import { EventStoreLogReader } from './eventstore-log-reader.js';
import { EventStoreLogTail } from './eventstore-log-tail.js';
import { eventStoreScope, sizeOnServer, toConnectionEvent } from './eventstore-recorded-event.js';

const APPEND_EVENTS_MAX = 1_000;

export type HistoryImport = {
  /** Events that an earlier, interrupted import had already brought. */
  readonly found: number;
  readonly imported: number;
};

/** Writes a history, in its order, behind what the target already holds of it. */
export async function importHistory(
  connection: EventStoreConnection,
  streamPrefix: string,
  history: AsyncIterable<readonly RecordedEvent[]>,
): Promise<HistoryImport> {
  const scope = eventStoreScope(streamPrefix);
  const present = new EventStoreLogReader(connection, scope, new EventStoreLogTail(connection, scope)).readAll()[Symbol.asyncIterator]() as AsyncIterator<RecordedEvent, undefined>;
  let [found, imported, behind] = [0, 0, true];
  for await (const page of history) {
    let next = 0;
    for (; behind && next < page.length; next++) {
      const { value } = await present.next();
      behind = value !== undefined;
      if (value === undefined) break;
      requireSame(connection.server, value, page[next]);
      found++;
    }
    for (const run of runsOf(page.slice(next))) {
      await write(connection, streamPrefix, run);
      imported += run.length;
    }
  }
  const surplus = behind ? (await present.next()).value : undefined;
  if (surplus !== undefined) throw new HistoryMismatchError(connection.server, `it goes on where the history ends, after ${found} events`);
  return { found, imported };
}

function requireSame(server: string, present: RecordedEvent, expected: RecordedEvent | undefined): void {
  const { streamId, revision, id } = present;
  if (expected?.streamId === streamId && expected.revision === revision && expected.id === id) return;
  throw new HistoryMismatchError(server, `it holds another event, ${id}, at revision ${revision} of ${streamId}`);
}

/** Neighbours of one stream that fit one append: written together, and still in the history's order. */
function* runsOf(events: readonly RecordedEvent[]): Generator<readonly RecordedEvent[]> {
  let run: RecordedEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const sizeBytes = sizeOnServer(toSend(event));
    const last = run.at(-1);
    const follows = last?.streamId === event.streamId && event.revision === last.revision + 1;
    if (last !== undefined && (!follows || run.length >= APPEND_EVENTS_MAX || bytes + sizeBytes > APPEND_BYTES_MAX)) {
      yield run;
      [run, bytes] = [[], 0];
    }
    run.push(event);
    bytes += sizeBytes;
  }
  if (run.length > 0) yield run;
}

async function write(connection: EventStoreConnection, streamPrefix: string, run: readonly RecordedEvent[]): Promise<void> {
  const [first] = run;
  if (first === undefined) return;
  const outcome = await connection.append(streamPrefix + first.streamId, run.map(toSend), first.revision - 1);
  if ('conflict' in outcome) throw new HistoryMismatchError(connection.server, `${first.streamId} is at revision ${outcome.conflict.actualRevision}, not ${first.revision - 1}`);
  if ('tooLarge' in outcome) throw new Error(`event ${first.id} of ${first.streamId} is larger than the server takes: ${outcome.tooLarge.sizeBytesMax} bytes`);
}

const toSend = (event: RecordedEvent): ConnectionEvent => toConnectionEvent(encodeEvent(event), event.recordedAtMs);
