import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { freePort } from '@slipway/local-servers';
import { eventsOf, newEvent, newEvents } from './conformance-events.js';
import type { EventLog, FollowMessage } from './event-log.js';
import { openEventStoreEventLog } from './eventstore-event-log.js';
import { LogUnreachableError } from './log-errors.js';
import { startLogProcess, type LogProcess } from './log-process.js';
import { seededChance } from './seeded-chance.js';

const KILLS = 8;
const WRITERS = 8;
const TEST_MS_MAX = 300_000; // real processes, killed and started again

/** The double as its own process. */
const DOUBLE = `process.argv.splice(1, Infinity, 'main', ...args); await import(base + 'eventstore-double/main.ts');`;

let directory: string;
let port: number;
beforeEach(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-eventstore-'));
  port = await freePort();
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

async function startDouble(): Promise<LogProcess> {
  const process = startLogProcess(DOUBLE, ['--port', String(port), '--directory', directory]);
  await process.printed(1);
  return process;
}

const connectionString = () => `esdb://127.0.0.1:${port}?tls=false`;

describe('the EventStoreDB log while its server is killed', () => {
  it(`28 29 40 loses nothing that was acknowledged in ${KILLS} kills, writes every retried append once, and shows followers each event once`, async () => {
    const chance = seededChance(20_261_121);
    let server = await startDouble();
    await using log = await openEventStoreEventLog(connectionString());
    const followed: number[] = [];
    const following = new AbortController();
    const watching = watch(log, following.signal, (position) => followed.push(position));
    let stop = false;
    let acknowledged = 0;
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      const written: { revision: number; position: number; ids: string[] }[] = [];
      for (let revision = -1; !stop; ) {
        const events = newEvents(1 + chance(3));
        const appended = await untilAcknowledged(log, `writer-${writer}`, events, revision);
        revision = appended.revision;
        acknowledged++;
        written.push({ ...appended, ids: events.map(({ id }) => id) });
      }
      return written;
    });
    for (let kill = 0; kill < KILLS; kill++) {
      const enough = acknowledged + 20 + chance(100);
      await until(() => acknowledged >= enough);
      await server.kill();
      server = await startDouble();
    }
    stop = true;
    const written = await Promise.all(writers);
    const all = await Array.fromAsync(log.readAll());
    for (const [writer, appends] of written.entries()) {
      const stream = await eventsOf(log, `writer-${writer}`);
      expect(stream.map(({ id }) => id)).toEqual(appends.flatMap(({ ids }) => ids));
      for (const { revision, position, ids } of appends) expect(stream[revision]).toMatchObject({ id: ids.at(-1), position });
    }
    expect(all).toHaveLength(written.flat().flatMap(({ ids }) => ids).length);
    await until(() => followed.length >= all.length);
    following.abort();
    await watching;
    expect(followed).toEqual(all.map(({ position }) => position));
    await server.kill();
  }, TEST_MS_MAX);

  it('28 rejects appends and reads at once while there is no server, and followers go on by themselves when there is one again', async () => {
    let server = await startDouble();
    await using log = await openEventStoreEventLog(connectionString());
    await log.append('a', newEvents(1), 'none');
    const messages = log.follow({ after: 'end' });
    expect(await messages.next()).toMatchObject({ value: { caughtUp: expect.any(Number) } });
    await server.kill();
    const refused = (work: Promise<unknown>) => work.then(() => null, (error: unknown) => error);
    for (const work of [() => log.append('a', newEvents(1), 0), () => log.append('b', newEvents(1), 'any'), () => log.head(), () => log.readStream('a')])
      for (let attempt = 0; attempt < 5; attempt++) {
        const error = await refused(work());
        expect(error).toBeInstanceOf(LogUnreachableError);
        expect((error as Error).message).toMatch(/^the event log esdb:\/\/127\.0\.0\.1:\d+ cannot be reached: /);
      }
    const last = await refused(log.append('a', newEvents(1), 0));
    expect((last as LogUnreachableError).outcome).toBe('not-written');
    server = await startDouble();
    const event = newEvent();
    await untilAcknowledged(log, 'a', [event], 0);
    expect(await messages.next()).toMatchObject({ value: { event: { id: event.id } } });
    await messages.return?.();
    await server.kill();
  }, TEST_MS_MAX);

  it('40 gives up on a server that no longer answers, and what was unknown then is written once', async () => {
    const server = await startDouble();
    await using log = await openEventStoreEventLog(connectionString());
    await log.append('a', newEvents(1), 'none');
    server.child.kill('SIGSTOP');
    const event = newEvent();
    const [append, head] = await Promise.allSettled([log.append('a', [event], 0), log.head()]);
    expect([append, head]).toMatchObject([{ reason: { code: 'LOG_UNREACHABLE', outcome: 'unknown' } }, { reason: { code: 'LOG_UNREACHABLE' } }]);
    server.child.kill('SIGCONT');
    expect(await untilAcknowledged(log, 'a', [event], 0)).toMatchObject({ revision: 1 });
    expect((await eventsOf(log, 'a')).map(({ id }) => id).slice(1)).toEqual([event.id]);
    await server.kill();
  }, TEST_MS_MAX);
});

/** Asks again with the same ids, as every caller does, while the server cannot be reached. */
async function untilAcknowledged(log: EventLog, streamId: string, events: ReturnType<typeof newEvents>, expected: number) {
  for (;;) {
    const outcome = await log.append(streamId, events, expected).catch((error: unknown) => {
      if (error instanceof LogUnreachableError) return new Promise<null>((resolve) => setTimeout(resolve, 5, null));
      throw error;
    });
    if (outcome === null) continue;
    if (!('appended' in outcome)) throw new Error(`unexpected outcome ${JSON.stringify(outcome)}`);
    return outcome.appended;
  }
}

async function watch(log: EventLog, signal: AbortSignal, onEvent: (position: number) => void): Promise<void> {
  for await (const message of log.follow({ after: 0, signal }) as AsyncIterable<FollowMessage>) if ('event' in message) onEvent(message.event.position);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
