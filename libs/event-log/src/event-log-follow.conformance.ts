import { newEvent, newEvents } from './conformance-events.js';
import type { EventLog, FollowMessage } from './event-log.js';
import type { EventLogUnderTest } from './event-log.conformance.js';

/** Lines 24–34. */
export function followConformance(subject: EventLogUnderTest): void {
  followingTheLog(subject);
  checkpointsAndEnds(subject);
  followingAStream(subject);
}

function followingTheLog(subject: EventLogUnderTest): void {
  describe('following', () => {
    it('24 25 delivers what is after the given position, then says once that it caught up, then what comes', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(3), 'none');
      const follower = log.follow({ after: 1 });
      expect(await take(follower, 3)).toEqual([2, 3, 'caught up at 3']);
      await log.append('a-1', newEvents(2), 2);
      expect(await take(follower, 2)).toEqual([4, 5]);
      expect(await take(log.follow({ after: 0 }), 6)).toEqual([1, 2, 3, 4, 5, 'caught up at 5']);
    });

    it('24 delivers only what comes when told to start at the end', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(3), 'none');
      const follower = log.follow({ after: 'end' });
      expect(await take(follower, 1)).toEqual(['caught up at 3']);
      await log.append('a-1', newEvents(1), 2);
      expect(await take(follower, 1)).toEqual([4]);
    });

    it('26 has no gap between the past and the present while a writer runs through the join', async () => {
      await using log = await subject.open();
      await log.append('past', newEvents(3_000), 'none');
      const follower = log.follow({ after: 0 });
      const writers = [0, 1, 2, 3].map(async (writer) => {
        for (let round = 0; round < 100; round++) await log.append(`live-${writer}`, newEvents(2), 'any');
      });
      const seen = await take(follower, 3_801);
      await Promise.all(writers);
      expect(seen.filter((number) => typeof number === 'number')).toEqual(Array.from({ length: 3_800 }, (_, index) => index + 1));
      expect(seen.filter((number) => typeof number === 'string')).toHaveLength(1);
    });

    it('27 28 33 goes on exactly after the last event handled, however the follower before it ended', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(10), 'none');
      const handled: number[] = [];
      const handle = async (failAt: number) => {
        for await (const message of log.follow({ after: handled.at(-1) ?? 0 })) {
          if (!('event' in message)) return;
          if (message.event.position === failAt) throw new Error('handler failed');
          handled.push(message.event.position);
        }
      };
      await expect(handle(4)).rejects.toThrow('handler failed');
      await expect(handle(9)).rejects.toThrow('handler failed');
      await handle(-1);
      expect(handled).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });
  });
}

function checkpointsAndEnds(subject: EventLogUnderTest): void {
  describe('following on', () => {
    it('29 goes on from a checkpoint after the log was closed and opened again', async () => {
      if (subject.reopen === undefined) return;
      const log = await subject.open();
      await log.append('a-1', newEvents(3), 'none');
      const follower = log.follow({ after: 0 });
      expect(await take(follower, 2)).toEqual([1, 2]);
      await log[Symbol.asyncDispose]();
      expect(await follower.next()).toEqual({ done: true, value: undefined });
      await using again = await subject.reopen();
      expect(await take(again.follow({ after: 2 }), 2)).toEqual([3, 'caught up at 3']);
    });

    it('30 moves its checkpoint past events that the filter keeps back', async () => {
      await using log = await subject.open();
      const follower = log.follow({ after: 0, filter: { types: ['Wanted'] } });
      expect(await take(follower, 1)).toEqual(['caught up at 0']);
      await log.append('a-1', newEvents(5, 'Other'), 'none');
      expect(await take(follower, 1)).toEqual(['checkpoint 5']);
      await log.append('a-1', [newEvent('Wanted'), newEvent('Other')], 4);
      expect(await take(follower, 2)).toEqual([6, 'checkpoint 7']);
    });

    it('31 waits for a slow reader without loss', async () => {
      await using log = await subject.open();
      const follower = log.follow({ after: 0 });
      expect(await take(follower, 1)).toEqual(['caught up at 0']);
      for (let round = 0; round < 20; round++) await log.append('a-1', newEvents(500), round * 500 - 1);
      expect(await take(follower, 10_000)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
    });

    it('32 ends at once when aborted while waiting, aborted while catching up, or left', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(10), 'none');
      const waiting = new AbortController();
      const parked = log.follow({ after: 'end', signal: waiting.signal });
      await take(parked, 1);
      const next = parked.next();
      waiting.abort();
      expect(await next).toEqual({ done: true, value: undefined });
      const catchingUp = new AbortController();
      const early = log.follow({ after: 0, signal: catchingUp.signal });
      await take(early, 2);
      catchingUp.abort();
      expect(await early.next()).toEqual({ done: true, value: undefined });
      const left = log.follow({ after: 'end' });
      await take(left, 1);
      const pending = left.next();
      await left.return?.();
      expect(await pending).toEqual({ done: true, value: undefined });
      expect(await log.follow({ after: 0, signal: AbortSignal.abort() }).next()).toEqual({ done: true, value: undefined });
    });

    it('ends when the log is closed', async () => {
      const log = await subject.open();
      const follower = log.follow({ after: 'end' });
      await take(follower, 1);
      const next = follower.next();
      await log[Symbol.asyncDispose]();
      expect(await next).toEqual({ done: true, value: undefined });
    });
  });
}

function followingAStream(subject: EventLogUnderTest): void {
  describe('following one stream', () => {
    it('24 25 26 delivers that stream alone, after a revision and then live', async () => {
      await using log = await subject.open();
      await log.append('a-1', newEvents(3), 'none');
      const follower = log.followStream('a-1', { afterRevision: 0 });
      expect(await take(follower, 3, 'revision')).toEqual([1, 2, 'caught up at 2']);
      await log.append('a-2', newEvents(3), 'none');
      await log.append('a-1', newEvents(2), 2);
      expect(await take(follower, 2, 'revision')).toEqual([3, 4]);
      expect(await take(log.followStream('a-1', { afterRevision: 'end' }), 1)).toEqual(['caught up at 4']);
    });

    it('34 waits for a stream that is not there yet and delivers its first event', async () => {
      await using log = await subject.open();
      const follower = log.followStream('a-1', { afterRevision: -1 });
      expect(await take(follower, 1)).toEqual(['caught up at -1']);
      await log.append('a-1', newEvents(1), 'none');
      expect(await take(follower, 1, 'revision')).toEqual([0]);
    });
  });
}

/** The next `count` messages: events by their number, the others in words. */
async function take(follower: ReturnType<EventLog['follow']>, count: number, number: 'position' | 'revision' = 'position') {
  const taken: (number | string)[] = [];
  while (taken.length < count) {
    const { value, done } = await follower.next();
    if (done === true) throw new Error(`the follower ended after ${taken.length} messages`);
    taken.push(inWords(value, number));
  }
  return taken;
}

function inWords(message: FollowMessage, number: 'position' | 'revision'): number | string {
  if ('event' in message) return message.event[number];
  return 'caughtUp' in message ? `caught up at ${message.caughtUp}` : `checkpoint ${message.checkpoint}`;
}
