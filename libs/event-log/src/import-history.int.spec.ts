import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { newEvent, newEvents } from './conformance-events.js';
import type { EventLogReader, RecordedEvent } from './event-log.js';
import { HistoryMismatchError } from './import-history.js';
import { LogInUseError } from './log-errors.js';
import { openMemoryEventLog } from './memory-event-log.js';
import { openEventLogAt, openHistoryWriterAt, verifyEventLogAt } from './open-event-log.js';
import { withPostgres } from './postgres/testing/postgres-lab.js';
import { renumberedHistory } from './renumbered-history.js';

let directory: string;
let files = 0;
beforeAll(() => void (directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-import-'))));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));
const newFile = () => `sqlite:${path.join(directory, `log-${++files}.sqlite`)}`;

describe('a history brought into SQLite', () => historyConformance(newFile));

withPostgres('a history brought into Postgres', false, (lab) => {
  const newAddress = () => {
    const { url, schema } = lab.newPlace();
    return `${url}?schema=${schema}`;
  };
  historyConformance(newAddress);

  it('has the same head there and back, to the last hash', async () => {
    const home = newFile();
    const [cluster, back] = [newAddress(), newFile()];
    await fill(home, 5_000);
    const copied = await copy(home, cluster);
    expect(copied).toEqual({ events: 5_005, head: await verifyEventLogAt(home) });
    expect(await verifyEventLogAt(cluster)).toEqual(copied.head);
    expect(await copy(cluster, back)).toEqual(copied);
    expect(await verifyEventLogAt(back)).toEqual(copied.head);
    expect(await eventsAt(back)).toEqual(await eventsAt(home));
  });

  it('is given up when somebody else appends meanwhile', async () => {
    const [home, cluster] = [newFile(), newAddress()];
    await fill(home, 3_000);
    await using other = await openEventLogAt(cluster, { onWarning: () => undefined });
    await using writer = await openHistoryWriterAt(cluster);
    await using source = await openEventLogAt(home);
    async function* interfered() {
      for await (const page of source.readAll().pages()) {
        yield page;
        await other.append('other', newEvents(1), 'any');
      }
    }
    await expect(writer.importHistory(interfered())).rejects.toThrow(/somebody else writes to it/);
  });
});

/** What bringing a history into any log must do. */
function historyConformance(newAddress: () => string): void {
  it('keeps positions, revisions, times, ids, metadata, texts and bytes as they were, and verifies', async () => {
    const target = newAddress();
    const source = openMemoryEventLog({ nowMs: () => 1_700_000_000_123 });
    const metadata = { actor: 'användare', traceparent: '00-f' };
    await source.append('ström-1', [{ id: 'id', type: 'Full', version: 3, data: { text: 'żółw 🐢 "\\\n\u0000', none: null }, metadata }], 'none');
    await source.append('a-2', [newEvent('Bytes', Uint8Array.from([0, 255, 92, 34]))], 'none');
    await source.append('ström-1', newEvents(2), 0);
    await using writer = await openHistoryWriterAt(target);
    const { events, head } = await writer.importHistory(source.readAll().pages());
    expect(events).toBe(4);
    await writer[Symbol.asyncDispose]();
    expect(await verifyEventLogAt(target)).toEqual(head);
    expect(bare(await eventsAt(target))).toEqual(bare(await Array.fromAsync(source.readAll())));
    await using log = await openEventLogAt(target, { onWarning: () => undefined });
    expect(await log.append('ström-1', newEvents(1), 2)).toEqual({ appended: { revision: 3, position: 5 } });
  });

  it('goes on after the part that an interrupted copy had brought, and has nothing to do the next time', async () => {
    const [home, target] = [newFile(), newAddress()];
    await fill(home, 6_000);
    await using source = await openEventLogAt(home);
    {
      await using writer = await openHistoryWriterAt(target);
      await expect(writer.importHistory(brokenOffAfter(source, 2))).rejects.toThrow('broken off');
    }
    const before = (await eventsAt(target)).length;
    expect(before).toBeGreaterThan(1_000);
    await using writer = await openHistoryWriterAt(target);
    const progress: number[] = [];
    const finished = await writer.importHistory(source.readAll().pages(), ({ position }) => progress.push(position));
    expect(finished.events).toBe(6_005 - before);
    expect(progress.at(-1)).toBe(6_005);
    expect(await writer.importHistory(source.readAll().pages())).toEqual({ events: 0, head: finished.head });
    await writer[Symbol.asyncDispose]();
    expect(await verifyEventLogAt(target)).toEqual(finished.head);
  });

  it('is refused by a log that holds another history, or a longer one, and when it has gaps', async () => {
    const target = newAddress();
    await fill(target, 10);
    const written = await eventsAt(target);
    await using writer = await openHistoryWriterAt(target);
    const [first, ...rest] = written as [RecordedEvent, ...RecordedEvent[]];
    const refused: [RecordedEvent[], RegExp][] = [
      [[{ ...first, recordedAtMs: 1 }, ...rest], /it holds another history/],
      [written.slice(0, 5), /it reaches position 15, and the history only 5/],
      [[], /it reaches position 15, and the history only 0/],
      [rest, /its positions have a gap: 2 follows 0/],
    ];
    for (const [history, finding] of refused) {
      const importing = writer.importHistory(pagesOf(history));
      await expect(importing).rejects.toThrow(HistoryMismatchError);
      await expect(importing).rejects.toThrow(finding);
    }
    await writer[Symbol.asyncDispose]();
    expect(await eventsAt(target)).toEqual(written);
  });
}

describe('a history brought into SQLite', () => {
  it('waits for nobody: a log with a writer is refused', async () => {
    const target = newFile();
    await using _writer = await openEventLogAt(target);
    await expect(openHistoryWriterAt(target)).rejects.toThrow(LogInUseError);
  });
});

describe('a history with gaps in its positions', () => {
  it('is renumbered together with what processes refer to, and then fits', async () => {
    const event = (position: number, streamId: string, revision: number, type: string, data: unknown): RecordedEvent => ({
      id: `id-${position}`, type, version: 1, data, metadata: {}, streamId, revision, position, recordedAtMs: 7 });
    const history = [
      event(115, 'a-1', 0, 'Happened', { sourcePosition: 115 }),
      event(230, 'process-p-1', 0, 'ProcessInputTaken', { sourcePosition: 115, effects: [] }),
      event(400, 'a-1', 1, 'Happened', {}),
      event(512, 'process-p-1', 1, 'ProcessInputTaken', { sourcePosition: 400, effects: [] }),
    ];
    const renumbered = (await Array.fromAsync(renumberedHistory(pagesOf(history)))).flat();
    expect(renumbered.map((one) => [one.position, (one.data as { sourcePosition?: number }).sourcePosition])).toEqual([[1, 115], [2, 1], [3, undefined], [4, 3]]);
    expect((await Array.fromAsync(renumberedHistory(pagesOf(renumbered)))).flat()).toEqual(renumbered);
    const target = newFile();
    await using writer = await openHistoryWriterAt(target);
    expect(await writer.importHistory(renumberedHistory(pagesOf(history)))).toMatchObject({ events: 4, head: { position: 4 } });
  });
});

async function fill(address: string, events: number): Promise<void> {
  await using log = await openEventLogAt(address, { onWarning: () => undefined });
  for (let written = 0; written < events; written += 1_000) await log.append('a-1', newEvents(Math.min(1_000, events - written)), written - 1);
  for (let stream = 0; stream < 5; stream++) await log.append(`b-${stream}`, [newEvent('Marked', Uint8Array.from([stream]))], 'none');
}

async function copy(from: string, to: string) {
  await using source = await openEventLogAt(from, { onWarning: () => undefined });
  await using writer = await openHistoryWriterAt(to);
  return await writer.importHistory(source.readAll().pages());
}

async function eventsAt(address: string): Promise<RecordedEvent[]> {
  await using log = await openEventLogAt(address, { onWarning: () => undefined });
  return bare(await Array.fromAsync(log.readAll()));
}

/** Bytes as numbers: the kind of array they come in is the adapter's. */
const bare = (events: readonly RecordedEvent[]): RecordedEvent[] =>
  events.map((event) => (event.data instanceof Uint8Array ? { ...event, data: new Uint8Array(event.data) } : event));

async function* pagesOf(events: readonly RecordedEvent[]): AsyncGenerator<readonly RecordedEvent[]> {
  for (let first = 0; first < events.length; first += 3) yield events.slice(first, first + 3);
}

async function* brokenOffAfter(source: EventLogReader, pages: number): AsyncGenerator<readonly RecordedEvent[]> {
  let left = pages;
  for await (const page of source.readAll().pages()) {
    if (left-- === 0) throw new Error('broken off');
    yield page;
  }
}
