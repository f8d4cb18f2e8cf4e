import fc from 'fast-check';
import { newEvents } from './conformance-events.js';
import type { EventLog, RecordedEvent } from './event-log.js';
import { eventLogConformance } from './event-log.conformance.js';
import { logWithLiveFacts, type LiveLog } from './live-log.js';
import { openMemoryEventLog } from './memory-event-log.js';

/** A live log over a log of its own; closing it closes both. `pump` offers what is appended, as a bus would. */
function over(log: EventLog, silenceMs: number, pump: (log: EventLog, live: LiveLog) => void): LiveLog {
  const live = logWithLiveFacts(log, { silenceMs });
  pump(log, live);
  return Object.assign(Object.create(live) as LiveLog, {
    ...bound(live),
    [Symbol.asyncDispose]: async () => {
      await live[Symbol.asyncDispose]();
      await log[Symbol.asyncDispose]();
    },
  });
}

const bound = (live: LiveLog) => ({
  append: live.append.bind(live),
  follow: live.follow.bind(live),
  followStream: live.followStream.bind(live),
  offer: live.offer.bind(live),
  liveness: live.liveness.bind(live),
});

async function offerAll(log: EventLog, live: LiveLog): Promise<void> {
  let previousPosition = 0;
  for await (const message of log.follow({ after: 0 }))
    if ('event' in message) {
      live.offer({ event: message.event, previousPosition, sizeBytes: 100 });
      previousPosition = message.event.position;
    }
}

const NEVER_SILENT_MS = 60_000;

eventLogConformance('a log with live facts', {
  open: async (options) => over(openMemoryEventLog(options), NEVER_SILENT_MS, (log, live) => void offerAll(log, live)),
});

eventLogConformance('a log whose bus brings nothing', { open: async (options) => over(openMemoryEventLog(options), 5, () => undefined) });

describe('following a log with live facts', () => {
  it('hears of what another process appended by its facts alone', async () => {
    await using log = openMemoryEventLog();
    await using live = logWithLiveFacts(log, { silenceMs: NEVER_SILENT_MS });
    const follower = live.follow({ after: 0 });
    expect(await follower.next()).toMatchObject({ value: { caughtUp: 0 } });
    void offerAll(log, live);
    await log.append('a-1', newEvents(3), 'none');
    for (const position of [1, 2, 3]) expect(await follower.next()).toMatchObject({ value: { event: { position } } });
    expect(live.liveness()).toEqual({ head: 3, gaps: 0 });
  });

  it('reads the log where a fact is missing', async () => {
    await using log = openMemoryEventLog();
    await using live = logWithLiveFacts(log, { silenceMs: NEVER_SILENT_MS });
    const follower = live.follow({ after: 0 });
    await follower.next();
    await log.append('a-1', newEvents(5), 'none');
    const events = await Array.fromAsync(log.readAll());
    for (const index of [0, 1, 4]) live.offer({ event: events[index] as RecordedEvent, previousPosition: index, sizeBytes: 1 });
    for (const position of [1, 2, 3, 4, 5]) expect(await follower.next()).toMatchObject({ value: { event: { position } } });
    expect(live.liveness().gaps).toBe(1);
  });

  it('delivers every event once and in order, whatever the bus loses, repeats and reorders', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 29 }), { maxLength: 60 }), async (brought) => {
        await using log = openMemoryEventLog();
        await using live = logWithLiveFacts(log, { silenceMs: 1 });
        const follower = live.follow({ after: 0, filter: { types: ['Wanted'] } });
        for (let stream = 0; stream < 10; stream++) await log.append(`a-${stream}`, [...newEvents(2, 'Wanted'), ...newEvents(1, 'Other')], 'none');
        const events = await Array.fromAsync(log.readAll());
        for (const index of brought) live.offer({ event: events[index] as RecordedEvent, previousPosition: index, sizeBytes: 1 });
        const seen: number[] = [];
        for await (const message of follower) {
          if ('event' in message) seen.push(message.event.position);
          if (seen.length === 20) break;
        }
        expect(seen).toEqual(events.filter(({ type }) => type === 'Wanted').map(({ position }) => position));
      }),
      { numRuns: 100 },
    );
  });
});
