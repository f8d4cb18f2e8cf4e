import { eventsOf, newEvent, newEvents, newStreamId } from './conformance-events.js';
import { APPEND_BYTES_MAX } from './append-rules.js';
import type { AppendOutcome } from './event-log.js';
import type { EventLogUnderTest } from './event-log.conformance.js';
import { InvalidEventError, LogClosedError } from './log-errors.js';

const RACE_ROUNDS = 200;

/** Lines 1–14, 18, 19, 40, 45, 47, 50. */
export function appendConformance(subject: EventLogUnderTest): void {
  expectedRevisions(subject);
  retries(subject);
  concurrency(subject);
  contents(subject);
}

function expectedRevisions(subject: EventLogUnderTest): void {
  describe('expected revisions', () => {
    it('1 appends to a new stream from revision 0 and gives increasing positions', async () => {
      await using log = await subject.open();
      expect(await log.append('a-1', newEvents(2), 'none')).toEqual({ appended: { revision: 1, position: 2 } });
      expect(await log.append('a-2', newEvents(1), -1)).toEqual({ appended: { revision: 0, position: 3 } });
      expect((await eventsOf(log, 'a-1')).map((event) => event.revision)).toEqual([0, 1]);
    });

    it('2 refuses a stream that should not exist, with its actual revision', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(3), 'none');
      expect(await log.append('a-1', newEvents(1), 'none')).toEqual({ conflict: { actualRevision: 2 } });
    });

    it('3 continues the numbers when the expected revision is exact', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(2), 'none');
      await log.append('a-1', newEvents(2), 1);
      expect((await eventsOf(log, 'a-1')).map((event) => event.revision)).toEqual([0, 1, 2, 3]);
    });

    it('4 5 writes nothing at a stale or a future revision', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(3), 'none');
      for (const expected of [0, 1, 3, 99])
        expect(await log.append('a-1', newEvents(1), expected)).toEqual({ conflict: { actualRevision: 2 } });
      expect(await log.append('a-2', newEvents(1), 0)).toEqual({ conflict: { actualRevision: -1 } });
      expect(await log.head()).toBe(3);
    });

    it('6 requires the stream to be there when told that it exists', async () => {
      await using log = await subject.open();
      expect(await log.append('a-1', newEvents(1), 'exists')).toEqual({ conflict: { actualRevision: -1 } });
      await log.append('a-1', newEvents(1), 'none');
      expect(await log.append('a-1', newEvents(1), 'exists')).toEqual({ appended: { revision: 1, position: 2 } });
    });

    it('7 always appends when anything is expected', async () => {
      await using log = await subject.open();
      const again = newEvent();
      for (const revision of [0, 1, 2]) expect(await log.append('a-1', [again], 'any')).toMatchObject({ appended: { revision } });
    });

    it('answers an append of nothing without writing', async () => {
      await using log = await subject.open();
      expect(await log.append('a-1', [], 'none')).toEqual({ appended: { revision: -1, position: 0 } });
      await log.append('a-1', newEvents(2), 'none');
      expect(await log.append('a-1', [], 1)).toEqual({ appended: { revision: 1, position: 2 } });
      expect(await log.append('a-1', [], 0)).toEqual({ conflict: { actualRevision: 1 } });
    });
  });
}

function retries(subject: EventLogUnderTest): void {
  describe('retries', () => {
    it('8 40 answers a retry with the original numbers and writes nothing', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(1), 'none');
      const events = newEvents(2);
      const first = await log.append('a-1', events, 0);
      expect(await log.append('a-1', events, 0)).toEqual(first);
      expect(await eventsOf(log, 'a-1')).toHaveLength(3);
    });

    it('9 does so after other events followed', async () => {
      await using log = await subject.open();
      const events = newEvents(2);
      const first = await log.append('a-1', events, 'none');
      await log.append('a-2', newEvents(3), 'none');
      await log.append('a-1', newEvents(4), 1);
      expect(await log.append('a-1', events, 'none')).toEqual(first);
      expect(await log.head()).toBe(9);
    });

    it('10 accepts a prefix of what was written and refuses a superset or a changed id', async () => {
      await using log = await subject.open();
      const [a, b, c] = [newEvent(), newEvent(), newEvent()];
      await log.append('a-1', [a, b], 'none');
      expect(await log.append('a-1', [a], 'none')).toEqual({ appended: { revision: 0, position: 1 } });
      expect(await log.append('a-1', [a, b, c], 'none')).toEqual({ conflict: { actualRevision: 1 } });
      expect(await log.append('a-1', [a, c], 'none')).toEqual({ conflict: { actualRevision: 1 } });
      expect(await log.append('a-1', [c, b], 'none')).toEqual({ conflict: { actualRevision: 1 } });
      expect(await log.head()).toBe(2);
    });

    it('11 takes the same id at the current revision for a new event', async () => {
      await using log = await subject.open();
      const event = newEvent();
      await log.append('a-1', [event], 'none');
      expect(await log.append('a-1', [event], 0)).toEqual({ appended: { revision: 1, position: 2 } });
    });
  });
}

function concurrency(subject: EventLogUnderTest): void {
  describe('concurrency', () => {
    it(`13 lets exactly one of two writers win, ${RACE_ROUNDS} times`, async () => {
      await using log = await subject.open();
      for (let revision = -1; revision < RACE_ROUNDS - 1; revision++) {
        const outcomes = await Promise.all([log.append('a-1', newEvents(1), revision), log.append('a-1', newEvents(1), revision)]);
        expect(outcomes.map(kindOf).sort()).toEqual(['appended', 'conflict']);
      }
      expect(await log.head()).toBe(RACE_ROUNDS);
    });

    it('12 14 loses nothing and leaves no gap with 16 writers, and keeps each append together', async () => {
      await using log = await subject.open();
      const writers = Array.from({ length: 16 }, async (_, writer) => {
        for (let round = 0; round < 20; round++) await log.append('a-1', newEvents(3, `Writer${writer}Round${round}`), 'any');
      });
      await Promise.all(writers);
      const events = await eventsOf(log, 'a-1');
      expect(events.map((event) => event.revision)).toEqual(Array.from({ length: 960 }, (_, index) => index));
      expect(events.every((event, index) => event.type === events[index - (index % 3)]?.type)).toBe(true);
    });

    it('45 finishes the appends in flight when it is closed, and takes no more', async () => {
      const log = await subject.open();
      const inFlight = Array.from({ length: 50 }, () => log.append(newStreamId(), newEvents(1), 'none'));
      await log[Symbol.asyncDispose]();
      expect((await Promise.all(inFlight)).map(kindOf)).toEqual(inFlight.map(() => 'appended'));
      await expect(log.append('a-1', newEvents(1), 'any')).rejects.toThrow(LogClosedError);
      if (subject.reopen === undefined) return;
      await using again = await subject.reopen();
      expect(await again.head()).toBe(50);
    });
  });
}

function contents(subject: EventLogUnderTest): void {
  describe('what it stores', () => {
    it('18 gives back every part of an event', async () => {
      await using log = await subject.open({ nowMs: () => 1_700_000_000_123 });
      const metadata = { actor: 'användare@x', correlationId: 'c', causationId: 'd', commandId: 'e', traceparent: '00-f' };
      const data = { text: 'żółw 🐢 "quoted"\n\t\u0000', nested: [1, 2.5, -0.1, null, true, { a: [] }], big: '9223372036854775807' };
      const bytes = Uint8Array.from([0, 255, 10, 13, 0]);
      const events = [
        { id: 'id-1', type: 'Full', version: 3, data, metadata },
        { id: 'id-2', type: 'Bytes', version: 1, data: bytes, metadata: { commandId: 'only' } },
        ...[{}, [], null, '', 0, false].map((empty, index) => newEvent('Empty', empty, `empty-${index}`)),
      ];
      await log.append('ström/ü-1', events, 'none');
      const read = await eventsOf(log, 'ström/ü-1');
      expect(read[0]).toEqual({ ...events[0], streamId: 'ström/ü-1', revision: 0, position: 1, recordedAtMs: 1_700_000_000_123 });
      expect(new Uint8Array(read[1]?.data as Uint8Array)).toEqual(bytes);
      expect(read[1]?.metadata).toEqual({ commandId: 'only' });
      expect(read.slice(2).map((event) => event.data)).toEqual([{}, [], null, '', 0, false]);
    });

    it('18 is not touched by what its callers do to their objects afterwards', async () => {
      await using log = await subject.open();
      const data = { list: [1] };
      const bytes = Uint8Array.from([1]);
      const appended = log.append('a-1', [newEvent('A', data), newEvent('B', bytes)], 'none');
      data.list.push(2);
      bytes[0] = 9;
      await appended;
      for (const event of await eventsOf(log, 'a-1')) Object.assign(event.data as object, { 0: 7 });
      const read = await eventsOf(log, 'a-1');
      expect(read[0]?.data).toEqual({ list: [1] });
      expect([...(read[1]?.data as Uint8Array)]).toEqual([1]);
    });

    it('19 takes an event of almost 1 MiB, and refuses more with its size, writing nothing', async () => {
      await using log = await subject.open();
      const almost = newEvent('Large', 'x'.repeat(APPEND_BYTES_MAX - 100), 'id');
      expect(await log.append('a-1', [almost], 'none')).toMatchObject({ appended: { revision: 0 } });
      for (const bytes of [APPEND_BYTES_MAX, 17 * 1_048_576]) {
        const outcome = await log.append('a-2', [newEvent(), newEvent('Large', 'x'.repeat(bytes))], 'none');
        expect(outcome).toMatchObject({ tooLarge: { sizeBytesMax: APPEND_BYTES_MAX } });
      }
      expect(await log.readStream('a-2')).toEqual({ notFound: true });
    });

    it('47 refuses stream ids, event ids and types that are empty, too long, or hold what a name may not', async () => {
      await using log = await subject.open();
      const bad = ['', 'x'.repeat(257), 'ü'.repeat(129), 'a\nb', 'a\u0000', '\ud800'];
      for (const streamId of ['$a', ...bad]) await expect(log.append(streamId, newEvents(1), 'any')).rejects.toThrow(InvalidEventError);
      for (const name of bad) await expect(log.append('a-1', [newEvent(name)], 'any')).rejects.toThrow(InvalidEventError);
      for (const name of bad) await expect(log.append('a-1', [newEvent('A', {}, name)], 'any')).rejects.toThrow(InvalidEventError);
      for (const data of [() => 0, Symbol('s')]) await expect(log.append('a-1', [newEvent('A', data)], 'any')).rejects.toThrow(InvalidEventError);
      for (const streamId of ['a-b-c', 'name-domain/ü', 'x'.repeat(256), 'a$', '%_']) await log.append(streamId, newEvents(1), 'none');
      expect(await log.head()).toBe(5);
    });

    it('50 keeps its order when the clock runs backwards', async () => {
      let nowMs = 1_000;
      await using log = await subject.open({ nowMs: () => (nowMs -= 100) });
      for (let round = 0; round < 5; round++) await log.append('a-1', newEvents(1), round - 1);
      const events = await eventsOf(log, 'a-1');
      expect(events.map((event) => event.position)).toEqual([1, 2, 3, 4, 5]);
      expect(events.map((event) => event.recordedAtMs)).toEqual([900, 800, 700, 600, 500]);
    });
  });
}

const kindOf = (outcome: AppendOutcome): string => Object.keys(outcome).join();
