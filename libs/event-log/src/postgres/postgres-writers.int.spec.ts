import pg from 'pg';
import { eventsOf, newEvent, newEvents, newStreamId } from '../conformance-events.js';
import type { EventLog, EventLogReader } from '../event-log.js';
import { startLogProcess } from '../log-process.js';
import { openPostgresEventLog, openPostgresLogReader } from './postgres-event-log.js';
import { postgresLogSchemaSql } from './postgres-log-schema.js';
import { withPostgres } from './testing/postgres-lab.js';
import { verifyPostgresLog } from './verify-postgres-log.js';

const TEST_LIMIT_MS = 180_000;

/** A writer of its own process: to a stream of its own, and to one it shares with the others, by optimistic concurrency. */
const WRITER = `
const { openPostgresEventLog } = await import(base + 'postgres/postgres-event-log.ts');
const [url, schema, name, rounds] = args;
const log = await openPostgresEventLog({ url, schema, onWarning() {} });
const event = (id) => ({ id, type: 'Happened', version: 1, data: { name }, metadata: {} });
const own = (async () => { for (let round = 0; round < rounds; round++) await log.append('own-' + name, [event('own-' + name + round), event('more-' + name + round)], round * 2 - 1); })();
const shared = (async () => {
  for (let round = 0, revision = -1; round < rounds; ) {
    const outcome = await log.append('shared', [event('shared-' + name + round)], revision);
    if ('appended' in outcome) { revision = outcome.appended.revision; round++; } else revision = outcome.conflict.actualRevision;
  }
})();
await Promise.all([own, shared]);
await log[Symbol.asyncDispose]();
print('done');`;

withPostgres('many writers of a Postgres log', false, (lab) => {
  it('leave no gap for a reader: while one append is open the next one waits, and nothing after it is to be seen', async () => {
    const place = lab.newPlace();
    await using log = await openPostgresEventLog(place);
    await using other = await openPostgresEventLog(place);
    await log.append('a-1', newEvents(1), 'none');
    const holder = new pg.Client(place.url);
    await holder.connect();
    await holder.query(`BEGIN; SELECT * FROM ${place.schema}.head FOR UPDATE; UPDATE ${place.schema}.head SET position = 2, bytes_through = bytes_through + 1, hash = sha256('');
      INSERT INTO ${place.schema}.events SELECT 2, 'open', 0, 'id', 'Open', 1, 0, bytes_through, '', '{}', NULL, hash FROM ${place.schema}.head`);
    const settled: string[] = [];
    const appends = [log, other].map(async (writer, index) => {
      await writer.append(`waiting-${index}`, newEvents(1), 'none');
      settled.push('appended');
    });
    await until(async () => {
      const [waiting] = await lab.sql(`SELECT count(*)::int AS writers FROM pg_stat_activity WHERE wait_event_type = 'Lock'`);
      return waiting?.['writers'] === 2;
    });
    expect(await positionsOf(log)).toEqual([1]);
    expect(settled).toEqual([]);
    await holder.query('COMMIT');
    await holder.end();
    await Promise.all(appends);
    expect(await positionsOf(other)).toEqual([1, 2, 3, 4]);
  });

  it('judge each append of a group on its own', async () => {
    await using log = await openPostgresEventLog(lab.newPlace());
    for (const first of [0, 3]) { // under the lock, and then on the head it knows
      const appends = [log.append('a-1', newEvents(2), first - 1), log.append('a-1', newEvents(1), first - 1), log.append('a-1', newEvents(1), first + 1)];
      expect(await Promise.all(appends)).toEqual([
        { appended: { revision: first + 1, position: first + 2 } },
        { conflict: { actualRevision: first + 1 } },
        { appended: { revision: first + 2, position: first + 3 } },
      ]);
    }
  });

  it('answer a retry in the same group, and by another instance, with the original numbers', async () => {
    const place = lab.newPlace();
    await using log = await openPostgresEventLog(place);
    await using other = await openPostgresEventLog(place);
    const events = newEvents(2);
    const [first, again] = await Promise.all([log.append('a-1', events, 'none'), log.append('a-1', events, 'none')]);
    expect(again).toEqual(first);
    expect(await other.append('a-1', events, 'none')).toEqual(first);
    await other.append('a-1', newEvents(1), 1);
    expect(await log.append('a-1', newEvents(1), 1)).toEqual({ conflict: { actualRevision: 2 } });
    expect(await log.append('a-1', events, 'none')).toEqual(first);
    expect(await log.append('a-1', newEvents(1), 5)).toEqual({ conflict: { actualRevision: 2 } });
    expect(await log.head()).toBe(3);
  });

  it('let exactly one of two instances win at each revision, and all of both at streams of their own', async () => {
    const place = lab.newPlace();
    await using log = await openPostgresEventLog(place);
    await using other = await openPostgresEventLog(place);
    for (let revision = -1; revision < 99; revision++) {
      const outcomes = await Promise.all([log, other].flatMap((writer, index) => [
        writer.append('contended', newEvents(1), revision), writer.append(`own-${index}`, newEvents(1), revision)]));
      expect(outcomes.map((outcome) => Object.keys(outcome).join()).sort()).toEqual(['appended', 'appended', 'appended', 'conflict']);
    }
    expect(await verifyPostgresLog(place)).toMatchObject({ position: 300 });
  }, TEST_LIMIT_MS);

  it('may be processes of their own, seen by a follower in one order without a gap', async () => {
    const place = lab.newPlace();
    await using reader = await openPostgresLogReader(place);
    const followed: number[] = [];
    const following = new AbortController();
    const watching = (async () => {
      for await (const message of reader.follow({ after: 0, signal: following.signal })) if ('event' in message) followed.push(message.event.position);
    })();
    const writers = ['a', 'b', 'c'].map((name) => startLogProcess(WRITER, [place.url, place.schema, name, '60']));
    await Promise.all(writers.map((writer) => writer.printed(1)));
    await until(async () => followed.length >= 540);
    following.abort();
    await watching;
    expect(followed).toEqual(Array.from({ length: 540 }, (_, index) => index + 1));
    expect(new Set((await eventsOf(reader, 'shared')).map((event) => event.id)).size).toBe(180);
    expect(await verifyPostgresLog(place)).toMatchObject({ position: 540 });
    await Promise.all(writers.map((writer) => writer.kill()));
  }, TEST_LIMIT_MS);

  it('may open a log that is not there yet all at once', async () => {
    const place = lab.newPlace();
    const instances = 8;
    const logs = await Promise.all(Array.from({ length: instances }, () => openPostgresEventLog(place)));
    await Promise.all(logs.map((log, index) => log.append(`a-${index}`, newEvents(1), 'none')));
    expect(await verifyPostgresLog(place)).toMatchObject({ position: instances });
    for (const log of logs) await log[Symbol.asyncDispose]();
  });

  it('go on while an administrator brings the schema up to date', async () => {
    const place = lab.newPlace();
    await using log = await openPostgresEventLog(place);
    const updates = (async () => {
      for (let round = 0; round < 10; round++) await lab.sql(postgresLogSchemaSql(place.schema));
    })();
    for (let revision = -1; revision < 199; revision++) expect(await log.append('a-1', newEvents(1), revision)).toMatchObject({ appended: { revision: revision + 1 } });
    await updates;
    expect(await verifyPostgresLog(place)).toMatchObject({ position: 200 });
  }, TEST_LIMIT_MS);

  it('wake followers in other instances by notification, long before the next poll', async () => {
    const place = { ...lab.newPlace(), pollIntervalMs: 3_600_000 };
    await using log = await openPostgresEventLog(place);
    await using reader = await openPostgresLogReader(place);
    const messages = reader.follow({ after: 'end' });
    expect(await messages.next()).toEqual({ done: false, value: { caughtUp: 0 } });
    const next = messages.next();
    await until(async () => (await lab.sql(`SELECT 1 FROM pg_stat_activity WHERE query = 'LISTEN "${place.schema}"' OR query LIKE 'SELECT max(position)%'`)).length > 0);
    await log.append('a-1', [newEvent('News')], 'none');
    expect(await next).toMatchObject({ value: { event: { type: 'News', position: 1 } } });
    await messages.return?.();
  });

  it('are read in pages of bounded size, both ways and by stream', async () => {
    await using log = await openPostgresEventLog(lab.newPlace());
    const streamId = newStreamId();
    for (let round = 0; round < 20; round++) await log.append(streamId, [newEvent('Large', 'x'.repeat(1_000_000))], round - 1);
    const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
    const stream = await log.readStream(streamId);
    const sequences = [log.readAll(), log.readAll({ filter: { types: ['Large'] } }), log.readAll({ filter: { typePattern: /^L/ } }), log.readAll({ direction: 'backwards' })];
    for (const sequence of [...sequences, ...('found' in stream ? [stream.found] : [])]) {
      const pages = await Array.fromAsync(sequence.pages());
      expect(pages.length).toBeGreaterThanOrEqual(3);
      for (const page of pages) expect(page.length).toBeLessThanOrEqual(9);
      expect(pages.flat().map((event) => event.position).sort((a, b) => a - b)).toEqual(numbers);
    }
  }, TEST_LIMIT_MS);
});

async function positionsOf(log: EventLog | EventLogReader): Promise<number[]> {
  return (await Array.fromAsync(log.readAll())).map((event) => event.position);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
