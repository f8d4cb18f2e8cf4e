import { eventsOf, newEvent, newEvents } from '../conformance-events.js';
import type { AppendOutcome, EventLog } from '../event-log.js';
import { LogUnreachableError } from '../log-errors.js';
import { seededChance } from '../seeded-chance.js';
import { openPostgresEventLog } from './postgres-event-log.js';
import { withPostgres } from './testing/postgres-lab.js';
import { verifyPostgresLog } from './verify-postgres-log.js';

const KILLS = 10;
const CUTS = 40;
const TEST_LIMIT_MS = 300_000;
const WRITERS = 8;
/** Long enough for every statement that is answered, on a slow machine too. */
const STATEMENT_LIMIT_MS = 3_000;

type Acknowledged = { readonly streamId: string; readonly id: string; readonly revision: number };

withPostgres('a Postgres log whose server fails', true, (lab) => {
  it(`I1 loses nothing it acknowledged and doubles nothing that was retried in ${KILLS} kill -9 of the server`, async () => {
    const place = lab.newPlace();
    const chance = seededChance(20_261_121);
    const log = await openPostgresEventLog(place);
    const acknowledged: Acknowledged[] = [];
    const stopping = { stop: false };
    const writers = Array.from({ length: WRITERS }, (_, writer) => insist(log, `writer-${writer}`, acknowledged, stopping));
    const followed: number[] = [];
    const following = new AbortController();
    const watching = followThrough(log, followed, following.signal);
    for (let kill = 0; kill < KILLS; kill++) {
      const goal = acknowledged.length + 50 + chance(500);
      await until(() => acknowledged.length >= goal);
      await lab.server.kill();
      await lab.server.start();
    }
    stopping.stop = true;
    await Promise.all(writers);
    await expectAllOnce(log, acknowledged);
    const head = await log.head();
    await until(() => followed.length >= head);
    following.abort();
    await watching;
    expect(followed).toEqual(Array.from({ length: head }, (_, index) => index + 1));
    expect(await verifyPostgresLog(place)).toMatchObject({ position: head });
    await log[Symbol.asyncDispose]();
  }, TEST_LIMIT_MS);

  it(`I1 does so when ${CUTS} times its connections are cut, mid-commit too`, async () => {
    const place = lab.newPlace();
    const log = await openPostgresEventLog(place);
    const acknowledged: Acknowledged[] = [];
    const stopping = { stop: false };
    const writers = Array.from({ length: WRITERS }, (_, writer) => insist(log, `writer-${writer}`, acknowledged, stopping));
    for (let cut = 0; cut < CUTS; cut++) {
      const goal = acknowledged.length + 10;
      await until(() => acknowledged.length >= goal);
      await lab.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'slipway event log'`);
    }
    stopping.stop = true;
    await Promise.all(writers);
    await expectAllOnce(log, acknowledged);
    expect((await verifyPostgresLog(place)).position).toBe(await log.head());
    await log[Symbol.asyncDispose]();
  }, TEST_LIMIT_MS);

  it('refuses appends and reads in one line while the server is away, leaves waiting followers in peace, and recovers', async () => {
    const log = await openPostgresEventLog(lab.newPlace());
    await log.append('a-1', newEvents(1), 'none');
    const follower = log.follow({ after: 'end' });
    expect(await follower.next()).toMatchObject({ value: { caughtUp: 1 } });
    const next = follower.next();
    await lab.server.stop();
    const events = newEvents(1);
    for (const refused of await Promise.allSettled([log.append('a-1', events, 0), log.head(), log.readStream('a-1')])) {
      expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'LOG_UNREACHABLE' } });
      expect(String((refused as PromiseRejectedResult).reason)).toMatch(/^LogUnreachableError: the event log postgres:\/\/127.0.0.1:\d+\/slipway .* cannot be reached: .*$/);
    }
    await expect(openPostgresEventLog(lab.newPlace())).rejects.toThrow(LogUnreachableError);
    await lab.server.start();
    expect(await log.append('a-1', events, 0)).toEqual({ appended: { revision: 1, position: 2 } });
    expect(await next).toMatchObject({ value: { event: { position: 2 } } });
    await log[Symbol.asyncDispose]();
  }, TEST_LIMIT_MS);

  it('gives up on a connection that has stopped answering, and what was sent on it does nothing when it wakes up after the retry', async () => {
    const patient = lab.newPlace();
    await (await openPostgresEventLog(patient))[Symbol.asyncDispose](); // its tables are made however long that takes
    const place = { ...patient, statementTimeoutMs: STATEMENT_LIMIT_MS };
    const log = await openPostgresEventLog(place);
    const first = await appendInsisting(log, 'a-1', newEvents(1), -1);
    expect(first).toEqual({ appended: { revision: 0, position: 1 } });
    const backends = (await lab.sql(`SELECT pid FROM pg_stat_activity WHERE application_name = 'slipway event log'`)).map((row) => Number(row['pid']));
    for (const pid of backends) process.kill(pid, 'SIGSTOP');
    const events = newEvents(1);
    await expect(log.append('a-1', events, 0)).rejects.toMatchObject({ code: 'LOG_UNREACHABLE', outcome: 'unknown' });
    // as every caller does: on a machine that stands still for as long as the limit, the retry may need another
    expect(await appendInsisting(log, 'a-1', events, 0)).toEqual({ appended: { revision: 1, position: 2 } });
    for (const pid of backends) process.kill(pid, 'SIGCONT');
    await untilTrue(async () => (await lab.sql(`SELECT 1 FROM pg_stat_activity WHERE pid IN (${backends.join(', ')})`)).length === 0);
    expect(await eventsOf(log, 'a-1')).toHaveLength(2);
    expect(await verifyPostgresLog(place)).toMatchObject({ position: 2 });
    await log[Symbol.asyncDispose]();
  }, TEST_LIMIT_MS);

  it('closes in good order while the server is away', async () => {
    const log = await openPostgresEventLog(lab.newPlace());
    const follower = log.follow({ after: 0 });
    await follower.next();
    await lab.server.kill();
    const append = log.append('a-1', newEvents(1), 'none');
    await Promise.all([expect(append).rejects.toThrow(LogUnreachableError), log[Symbol.asyncDispose]()]);
    expect(await follower.next()).toEqual({ done: true, value: undefined });
    await lab.server.start();
  }, TEST_LIMIT_MS);
});

/** Appends for ever, one event at a time, each again and again with the same id until the log answers. */
async function insist(log: EventLog, streamId: string, acknowledged: Acknowledged[], stopping: { readonly stop: boolean }): Promise<void> {
  for (let revision = -1; !stopping.stop; revision++) {
    const event = newEvent();
    const outcome = await appendInsisting(log, streamId, [event], revision);
    expect(outcome).toMatchObject({ appended: { revision: revision + 1 } });
    acknowledged.push({ streamId, id: event.id, revision: revision + 1 });
  }
}

async function appendInsisting(log: EventLog, streamId: string, events: ReturnType<typeof newEvents>, revision: number): Promise<AppendOutcome> {
  for (;;) {
    try {
      return await log.append(streamId, events, revision);
    } catch (error) {
      expect(error).toBeInstanceOf(LogUnreachableError);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

async function followThrough(log: EventLog, followed: number[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted)
    try {
      for await (const message of log.follow({ after: followed.at(-1) ?? 0, signal })) if ('event' in message) followed.push(message.event.position);
    } catch (error) {
      expect(error).toBeInstanceOf(LogUnreachableError);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
}

async function expectAllOnce(log: EventLog, acknowledged: readonly Acknowledged[]): Promise<void> {
  const all = await Array.fromAsync(log.readAll());
  expect(all.map((event) => event.position)).toEqual(all.map((_, index) => index + 1));
  expect(new Set(all.map((event) => event.id)).size).toBe(all.length);
  expect(all).toHaveLength(acknowledged.length);
  const byId = new Map(all.map((event) => [event.id, event]));
  for (const { id, streamId, revision } of acknowledged) expect(byId.get(id)).toMatchObject({ streamId, revision });
}

async function untilTrue(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
