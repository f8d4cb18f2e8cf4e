import { eventsOf, newEvent, newEvents, newStreamId } from './conformance-events.js';
import type { EventLog, LogReadOptions, StreamReadOptions } from './event-log.js';
import type { EventLogUnderTest } from './event-log.conformance.js';

const PAGED_EVENTS = 1_000;

/** Lines 15–17, 20–23, 46, 48. */
export function readConformance(subject: EventLogUnderTest): void {
  streams(subject);
  wholeLog(subject);
}

function streams(subject: EventLogUnderTest): void {
  describe('streams', () => {
    it('15 reads forwards from the start, from a revision, up to a count, and past the end', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(5), 'none');
      expect(await revisions(log, {})).toEqual([0, 1, 2, 3, 4]);
      expect(await revisions(log, { fromRevision: 2 })).toEqual([2, 3, 4]);
      expect(await revisions(log, { fromRevision: 1, limit: 2 })).toEqual([1, 2]);
      expect(await revisions(log, { limit: 0 })).toEqual([]);
      expect(await revisions(log, { fromRevision: 5 })).toEqual([]);
    });

    it('16 reads backwards from the end, from a revision, and to the first event', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(5), 'none');
      expect(await revisions(log, { direction: 'backwards' })).toEqual([4, 3, 2, 1, 0]);
      expect(await revisions(log, { direction: 'backwards', fromRevision: 2 })).toEqual([2, 1, 0]);
      expect(await revisions(log, { direction: 'backwards', fromRevision: 99, limit: 1 })).toEqual([4]);
      expect(await revisions(log, { direction: 'backwards', fromRevision: 0 })).toEqual([0]);
    });

    it('17 tells a missing stream from an empty answer', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(1), 'none');
      expect(await log.readStream('a-2')).toEqual({ notFound: true });
      expect(await log.readStream('a')).toEqual({ notFound: true });
    });

    it('20 takes 1000 events in one append and pages through them without loss or doubles', async () => {
      await using log = await subject.open();
      const events = newEvents(PAGED_EVENTS);
      await log.append('a-1', events, 'none');
      for (let round = 1; round < 5; round++) await log.append('a-1', newEvents(PAGED_EVENTS), round * PAGED_EVENTS - 1);
      const read = await eventsOf(log, 'a-1');
      expect(read.map((event) => event.revision)).toEqual(Array.from({ length: 5 * PAGED_EVENTS }, (_, index) => index));
      expect(read.slice(0, PAGED_EVENTS).map((event) => event.id)).toEqual(events.map((event) => event.id));
      expect((await revisions(log, { direction: 'backwards' })).reverse()).toEqual(read.map((event) => event.revision));
    });

    it('finds an event by its id within its stream only', async () => {
      await using log = await subject.open();
      await log.append('a-1', [newEvent(), newEvent('A', {}, 'wanted'), newEvent()], 'none');
      expect(await log.findEvent('a-1', 'wanted')).toBe(1);
      expect(await log.findEvent('a-2', 'wanted')).toBeNull();
      expect(await log.findEvent('a-1', 'other')).toBeNull();
    });

    it('lists streams by prefix in byte order, with their last revision', async () => {
      await using log = await subject.open();
      for (const [streamId, count] of [['b-1', 1], ['a-2', 2], ['a-1', 3], ['a-ü', 1], ['a-🐢', 1], ['a', 1]] as const)
        await log.append(streamId, newEvents(count), 'none');
      const list = async (prefix?: string) =>
        (await Array.fromAsync(log.listStreams(prefix === undefined ? {} : { prefix }))).map((head) => [head.streamId, head.revision]);
      expect(await list('a-')).toEqual([['a-1', 2], ['a-2', 1], ['a-ü', 0], ['a-🐢', 0]]);
      expect((await list()).map(([streamId]) => streamId)).toEqual(['a', 'a-1', 'a-2', 'a-ü', 'a-🐢', 'b-1']);
      expect(await list('c')).toEqual([]);
    });
  });
}

function wholeLog(subject: EventLogUnderTest): void {
  describe('the whole log', () => {
    it('21 46 is one order, consistent with every stream, the same each time, in numbers that survive JSON', async () => {
      await using log = await subject.open();
      await interleave(log, 10, 30);
      const all = await Array.fromAsync(log.readAll());
      expect(all.map((event) => event.position)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
      for (const streamId of new Set(all.map((event) => event.streamId)))
        expect(all.filter((event) => event.streamId === streamId)).toEqual(await eventsOf(log, streamId));
      expect(await Array.fromAsync(log.readAll())).toEqual(all);
      expect(JSON.parse(JSON.stringify(all))).toEqual(all);
      expect((await Array.fromAsync(log.readAll().pages())).flat()).toEqual(all);
    });

    it('22 is the exact reverse when read backwards', async () => {
      await using log = await subject.open();
      await interleave(log, 7, 400);
      const forwards = await positions(log, {});
      expect(await positions(log, { direction: 'backwards' })).toEqual(forwards.reverse());
      expect(await positions(log, { direction: 'backwards', before: 4 })).toEqual([3, 2, 1]);
      expect(await positions(log, { direction: 'backwards', limit: 2 })).toEqual([2_800, 2_799]);
    });

    it('reads after a position, up to a limit, and ends at the end', async () => {
      await using log = await subject.open();
      await interleave(log, 3, 10);
      expect(await positions(log, { after: 27 })).toEqual([28, 29, 30]);
      expect(await positions(log, { after: 3, limit: 2 })).toEqual([4, 5]);
      expect(await positions(log, { after: 30 })).toEqual([]);
      expect(await positions(log, { after: 99 })).toEqual([]);
      expect(await positions(log, { limit: 0 })).toEqual([]);
    });

    it('23 filters by stream prefix, type, type prefix and patterns, both ways', async () => {
      await using log = await subject.open();
      for (const [streamId, type] of [['a-1', 'Started'], ['b-1', 'Started'], ['a-2', 'Stopped'], ['c_1', 'Failed'], ['a-1', 'Failed']] as const)
        await log.append(streamId, [newEvent(type)], 'any');
      const cases: [LogReadOptions['filter'], number[]][] = [
        [{}, [1, 2, 3, 4, 5]],
        [{ streamPrefixes: ['a-'] }, [1, 3, 5]],
        [{ streamPrefixes: ['a-', 'c_'] }, [1, 3, 4, 5]],
        [{ streamPrefixes: ['A'] }, []],
        [{ types: ['Started'] }, [1, 2]],
        [{ types: [] }, []],
        [{ streamPrefixes: [] }, []],
        [{ typePrefixes: ['St'] }, [1, 2, 3]],
        [{ typePattern: /ed$/, streamPattern: /^[bc]/ }, [2, 4]],
        [{ streamPrefixes: ['a-'], types: ['Failed', 'Stopped'] }, [3, 5]],
      ];
      for (const [filter, expected] of cases) {
        if (filter === undefined) continue;
        expect(await positions(log, { filter })).toEqual(expected);
        expect(await positions(log, { filter, direction: 'backwards' })).toEqual(expected.toReversed());
        expect(await positions(log, { filter, limit: 1 })).toEqual(expected.slice(0, 1));
        expect(await positions(log, { filter, limit: 1, direction: 'backwards' })).toEqual(expected.slice(-1));
      }
    });

    it('48 reads a category of 10 000 streams', async () => {
      await using log = await subject.open();
      const appends = Array.from({ length: 10_000 }, (_, index) => log.append(newStreamId(index % 2 ? 'odd' : 'even'), newEvents(1), 'none'));
      await Promise.all(appends);
      expect(await positions(log, { filter: { streamPrefixes: ['odd-'] } })).toHaveLength(5_000);
      expect(await Array.fromAsync(log.listStreams({ prefix: 'even-' }))).toHaveLength(5_000);
    });
  });
}

async function revisions(log: EventLog, options: StreamReadOptions): Promise<number[]> {
  const read = await log.readStream('a-1', options);
  if ('notFound' in read) throw new Error('a-1 is missing');
  return (await Array.fromAsync(read.found)).map((event) => event.revision);
}

async function positions(log: EventLog, options: LogReadOptions): Promise<number[]> {
  return (await Array.fromAsync(log.readAll(options))).map((event) => event.position);
}

async function interleave(log: EventLog, streams: number, rounds: number): Promise<void> {
  const appends: Promise<unknown>[] = [];
  for (let round = 0; round < rounds; round++)
    for (let stream = 0; stream < streams; stream++) appends.push(log.append(`s-${stream}`, newEvents(1, `Type${round % 3}`), round - 1));
  await Promise.all(appends);
}
