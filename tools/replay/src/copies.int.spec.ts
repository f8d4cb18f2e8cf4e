import * as fs from 'node:fs';
import * as path from 'node:path';
import { openEventLogAt, openEventLogReaderAt, openSqliteEventLog, verifyEventLogAt, type EventLogReader, type RecordedEvent } from '@slipway/event-log';
import { startEventStoreDouble, type EventStoreDouble } from '@slipway/event-log/eventstore-double';
import { locatePostgres, startPostgres, type LocalServer } from '@slipway/local-servers';
import { appendAwkward, makeLargeLog } from './fixtures/history-samples.js';
import { projectionDigests, routingDigest } from './fixtures/projection-digests.js';
import { replay } from './fixtures/recorded-terminal.js';
import { DEPLOYMENT, SmallPlatform } from './fixtures/small-platform.js';
import { temporaryHome } from './fixtures/temporary-home.js';

const home = temporaryHome();
const dataDir = path.join(home.path, 'data');
const original = `sqlite:${path.join(dataDir, 'log.sqlite')}`;
let events: readonly RecordedEvent[];

beforeAll(async () => {
  await (async () => {
    await using platform = await SmallPlatform.start(dataDir);
    await platform.deploy();
    await platform.rollOut('r2');
  })();
  events = await reading(original, async (log) => await Array.fromAsync(log.readAll()));
});
afterAll(() => home.remove());

const reading = async <T>(url: string, use: (log: EventLogReader) => Promise<T>): Promise<T> => {
  await using log = await openEventLogReaderAt(url);
  return await use(log);
};
const copy = async (from: string, to: string) => {
  const { exitCode, answer, notes } = await replay(dataDir, 'copy', '--from', from, '--to', to);
  return { exitCode, answer, notes };
};
const STREAMS = [`deployment-${DEPLOYMENT}`, 'revision-r1', `access-${DEPLOYMENT}`, 'name-default/tiny', 'rollout-activation-r2', `replica-${DEPLOYMENT}-0`, `status-${DEPLOYMENT}`, `process-fleet-${DEPLOYMENT}`, `process-registrar-${DEPLOYMENT}`];
/** What `state` answers about each stream now and at instants of its past, byte for byte; `at` finds a moment's name in the log. */
async function states(url: string, moments: readonly string[]): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const stream of STREAMS)
    for (const at of moments) {
      const { answer, notes } = await replay(dataDir, 'state', stream, '--log', url, ...(at === 'now' ? [] : ['--at', at]));
      answers.push(`${stream} ${answer === '' ? notes : answer}`);
    }
  return answers;
}
const timeOf = (at: number): string => new Date(events[at]?.recordedAtMs ?? 0).toISOString();
const instants = () => ['now', ...[0.3, 0.6, 0.9].map((part) => timeOf(Math.floor(events.length * part)))];
const positions = () => ['12', String(Math.floor(events.length / 2)), String(events.length - 2)];
const digests = (url: string) => reading(url, async (log) => ({ ...(await projectionDigests(log)), routing: await routingDigest(log) }));

const servers = locatePostgres();
(servers === null ? describe.skip : describe)(`a history between SQLite and PostgreSQL${servers === null ? ' (there is no postgres on this machine)' : ''}`, () => {
  let postgres: LocalServer;
  const back = path.join(home.path, 'back', 'log.sqlite');
  beforeAll(async () => void (postgres = await startPostgres({ directory: path.join(home.path, 'postgres'), durable: false })));
  afterAll(() => postgres.stop());

  it('goes there and back whole: states, projections, events and head hashes are the same', async () => {
    const there = await copy(original, postgres.url);
    expect(there).toMatchObject({ exitCode: 0, notes: '' });
    expect(there.answer).toMatch(/^copied \d+ events from .* \(\d+\.\d s, [\d,]+ events\/s\)\nthe same history: both heads at position \d+ have hash [0-9a-f]{64}$/);
    expect(await copy(postgres.url, `sqlite:${back}`)).toMatchObject({ exitCode: 0, notes: '' });
    const heads = await Promise.all([original, postgres.url, `sqlite:${back}`].map((url) => verifyEventLogAt(url)));
    expect(new Set(heads.map(({ position, hash }) => `${position} ${hash}`)).size).toBe(1);
    for (const url of [postgres.url, `sqlite:${back}`]) {
      expect(await states(url, [...instants(), ...positions()])).toEqual(await states(original, [...instants(), ...positions()]));
      expect(await digests(url)).toEqual(await digests(original));
      expect(await reading(url, (log) => Array.fromAsync(log.readAll()))).toEqual(events);
    }
  });

  it('is verified on PostgreSQL, with rows of SQLite or of none', async () => {
    const { exitCode, answer } = await replay(dataDir, 'verify', '--log', postgres.url);
    expect(answer).toMatch(new RegExp(`^hash chain +${events.length} events +ok$`, 'm'));
    expect(exitCode).toBe(0);
  });

  it('copied again, copies what is new and nothing else', async () => {
    expect((await copy(original, postgres.url)).answer).toMatch(/^copied 0 events .*; \d+ were there already\n/);
  });

  it('never names a password', async () => {
    const { password } = new URL(postgres.url);
    const said = JSON.stringify([await copy(original, postgres.url), await copy(postgres.url, `${postgres.url}?schema=elsewhere`), await replay(dataDir, 'streams', '--log', postgres.url)]);
    expect(password.length).toBeGreaterThan(3);
    expect(said).not.toContain(password);
  });

  it('with data of every kind, exported and imported, comes out the same', async () => {
    const [odd, schema, file] = [path.join(home.path, 'odd.sqlite'), `${postgres.url}?schema=odd`, path.join(home.path, 'odd.ndjson.gz')];
    await (async () => {
      await using log = await openSqliteEventLog(odd);
      await appendAwkward(log, 5);
    })();
    expect(await copy(odd, schema)).toMatchObject({ exitCode: 0 });
    expect((await replay(dataDir, 'export', '--log', schema, '--to', file)).exitCode).toBe(0);
    const again = path.join(home.path, 'odd-again.sqlite');
    expect((await replay(dataDir, 'import', '--from', file, '--log', again)).exitCode).toBe(0);
    expect(await verifyEventLogAt(again)).toEqual(await verifyEventLogAt(odd));
  });

  it('from a log that is being written is a beginning of it, and says that there is more', async () => {
    const busy = path.join(home.path, 'busy.sqlite');
    await makeLargeLog(busy, 5_000); // so much that it grows while it is copied, however slow the disk
    await using log = await openSqliteEventLog(busy);
    const writing = { on: true };
    const writer = (async () => {
      for (let at = 0; writing.on; at++) {
        await log.append('busy-1', [{ id: `b${at}`, type: 'Counted', version: 1, data: at, metadata: {} }], 'any');
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const copied = await copy(busy, `${postgres.url}?schema=busy`).finally(() => (writing.on = false));
    await writer;
    expect(copied).toMatchObject({ exitCode: 0, answer: expect.stringContaining('compared one by one') as string, notes: expect.stringContaining('copy again') as string });
    expect((await copy(busy, `${postgres.url}?schema=busy`)).answer).toContain('both heads at position');
  });

  it('is refused by a log with another history, and by itself', async () => {
    await (async () => {
      await using log = await openEventLogAt(`${postgres.url}?schema=other`);
      await log.append('other-1', [{ id: 'x', type: 'Other', version: 1, data: 1, metadata: {} }], 'none');
    })();
    expect(await copy(original, `${postgres.url}?schema=other`)).toMatchObject({ exitCode: 1, notes: expect.stringContaining('it holds another history') as string });
    expect(await copy(original, original)).toMatchObject({ exitCode: 2, notes: expect.stringContaining('onto itself') as string });
  });
});

describe('a history between SQLite and EventStoreDB', () => {
  let double: EventStoreDouble;
  let url: string;
  beforeAll(async () => void ({ connectionString: url } = double = await startEventStoreDouble()));
  afterAll(() => double.stop());
  const back = path.join(home.path, 'from-eventstore', 'log.sqlite');

  it('keeps everything but positions: the same states and projections, every decision comes out again', async () => {
    const there = await copy(original, url);
    expect(there.answer).toContain(`the same history: ${events.length} events compared one by one`);
    expect(there).toMatchObject({ exitCode: 0, notes: '' });
    const withoutPositions = (answers: readonly string[]) => answers.map((answer) => answer.replace(/position \d+/, 'its position'));
    expect(withoutPositions(await states(url, instants()))).toEqual(withoutPositions(await states(original, instants())));
    const { exitCode, answer } = await replay(dataDir, 'verify', '--log', url, '--data-dir', path.join(home.path, 'no-read-models'));
    expect(answer).toMatch(new RegExp(`^log order +${events.length} events +ok; EventStoreDB keeps no hash chain to verify$`, 'm'));
    expect(answer).toMatch(/^process fleet .* ok$/m);
    expect(answer).toMatch(/^sound: /m);
    expect(exitCode).toBe(0);
    expect(await digests(url)).toEqual(await digests(original));
  });

  it('copied again, copies nothing', async () => {
    expect((await copy(original, url)).answer).toMatch(/^copied 0 events /);
  });

  it('comes back with the positions it had, and the very same hashes', async () => {
    expect(await copy(url, `sqlite:${back}`)).toMatchObject({ exitCode: 0, notes: '' });
    expect(await verifyEventLogAt(`sqlite:${back}`)).toEqual(await verifyEventLogAt(original));
    expect(await digests(`sqlite:${back}`)).toEqual(await digests(original));
  });

  it('goes through an export, too', async () => {
    const file = path.join(home.path, 'eventstore.ndjson');
    expect((await replay(dataDir, 'export', '--log', url, '--to', file)).exitCode).toBe(0);
    const imported = path.join(home.path, 'imported.sqlite');
    expect((await replay(dataDir, 'import', '--from', file, '--log', imported)).exitCode).toBe(0);
    expect(await verifyEventLogAt(imported)).toEqual(await verifyEventLogAt(original));
    await using other = await startEventStoreDouble();
    expect((await replay(dataDir, 'import', '--from', file, '--log', other.connectionString)).answer).toContain(`${events.length} events compared one by one`);
    expect(fs.existsSync(`${file}.partial`)).toBe(false);
  });
});
