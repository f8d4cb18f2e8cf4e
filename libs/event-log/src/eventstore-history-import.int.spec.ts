import { newEvent, newEvents } from './conformance-events.js';
import type { EventLog, RecordedEvent } from './event-log.js';
import { startEventStoreDouble, type EventStoreDouble } from './eventstore-double/eventstore-double.js';
import { importHistoryIntoEventStore, openEventStoreEventLog } from './eventstore-event-log.js';
import { HistoryMismatchError } from './import-history.js';
import { openMemoryEventLog } from './memory-event-log.js';

let double: EventStoreDouble;
beforeEach(async () => void (double = await startEventStoreDouble()));
afterEach(() => double.stop());

async function history(): Promise<EventLog> {
  let nowMs = 1_600_000_000_000;
  const source = openMemoryEventLog({ nowMs: () => (nowMs += 1_000) });
  for (let round = 0; round < 30; round++) {
    await source.append(`order-${round % 4}`, newEvents(1 + (round % 3)), 'any');
    const described = { ...newEvent('Described', Uint8Array.of(round), `no uuid ${round}`), version: 2, metadata: { actor: 'somebody', correlationId: 'c', commandId: `command-${round}` } };
    await source.append('other', [described], 'any');
  }
  return source;
}

const withoutPosition = ({ position: _, ...event }: RecordedEvent) => ({ ...event, data: event.data instanceof Uint8Array ? [...event.data] : event.data });
const allOf = async (log: EventLog) => (await Array.fromAsync(log.readAll())).map(withoutPosition);

/** The first so many events, as an import that was interrupted would have read them. */
async function* upTo(source: EventLog, limit: number) {
  for await (const page of source.readAll({ limit }).pages()) yield page;
}

describe('importing a history into EventStoreDB', () => {
  it('keeps order, ids, revisions, versions, metadata and times', async () => {
    await using source = await history();
    expect(await importHistoryIntoEventStore(double.connectionString, source.readAll().pages())).toEqual({ found: 0, imported: 90 });
    await using target = await openEventStoreEventLog(double.connectionString);
    expect(await allOf(target)).toEqual(await allOf(source));
    expect(await target.findEvent('other', 'no uuid 3')).toBe(3);
    expect(await target.append('other', newEvents(1), 29)).toMatchObject({ appended: { revision: 30 } });
  });

  it('goes on where an earlier import stopped, and does nothing when there is nothing left', async () => {
    await using source = await history();
    expect(await importHistoryIntoEventStore(double.connectionString, upTo(source, 31))).toEqual({ found: 0, imported: 31 });
    expect(await importHistoryIntoEventStore(double.connectionString, source.readAll().pages())).toEqual({ found: 31, imported: 59 });
    expect(await importHistoryIntoEventStore(double.connectionString, source.readAll().pages())).toEqual({ found: 90, imported: 0 });
    await using target = await openEventStoreEventLog(double.connectionString);
    expect(await allOf(target)).toEqual(await allOf(source));
  });

  it('refuses a target that holds anything else, and leaves it as it is', async () => {
    await using source = await history();
    await using target = await openEventStoreEventLog(double.connectionString);
    await target.append('order-0', newEvents(1), 'none');
    await expect(importHistoryIntoEventStore(double.connectionString, source.readAll().pages())).rejects.toThrow(HistoryMismatchError);
    expect(await allOf(target)).toHaveLength(1);
    const streamPrefix = 'copy/';
    await importHistoryIntoEventStore(double.connectionString, source.readAll().pages(), { streamPrefix });
    await expect(importHistoryIntoEventStore(double.connectionString, upTo(source, 40), { streamPrefix })).rejects.toThrow(/goes on where the history ends/);
  });
});
