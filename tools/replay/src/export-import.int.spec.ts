import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openSqliteEventLog, openSqliteLogFollower, verifySqliteLog, type RecordedEvent } from '@slipway/event-log';
import { appendAwkward, AWKWARD_DATA, makeLargeLog } from './fixtures/history-samples.js';
import { replay, replayWith } from './fixtures/recorded-terminal.js';

let home: string;
let dataDir: string;
let file: string;

beforeAll(async () => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-replay-spec-'));
  dataDir = path.join(home, 'data');
  await using log = await openSqliteEventLog(path.join(dataDir, 'log.sqlite'));
  await appendAwkward(log, 3);
  file = path.join(home, 'history.ndjson');
});
beforeAll(async () => expect(await replay(dataDir, 'export', '--to', file)).toMatchObject({ exitCode: 0, answer: '' }));
afterAll(() => fs.rmSync(home, { recursive: true, force: true }));

let fresh = 0;
const freshPath = (name: string): string => path.join(home, `${fresh++}-${name}`);

async function eventsOf(logFile: string): Promise<readonly RecordedEvent[]> {
  await using log = openSqliteLogFollower(logFile);
  return await Array.fromAsync(log.readAll());
}

type Line = Readonly<Record<string, unknown>> & { readonly sum: string };
const linesOf = (text: string): readonly Line[] => text.trimEnd().split('\n').map((line) => JSON.parse(line) as Line);
const textOf = (from: string): string => fs.readFileSync(from, 'utf8');

describe('an export', () => {
  it('says what it is, holds each event whole, and ends with what it held', () => {
    const lines = linesOf(textOf(file));
    const events = AWKWARD_DATA.length * 3;
    expect(lines[0]).toMatchObject({ slipwayExport: 1, log: 'sqlite', stream: null, from: 1, until: events, untilTime: null });
    expect(lines.at(-1)).toMatchObject({ end: true, events, first: 1, last: events });
    expect(lines).toHaveLength(events + 2);
    expect(lines[9]).toMatchObject({ position: 9, stream: 'sample-0/ü', revision: 2, type: 'Sample8', version: 1, dataBase64: Buffer.from(AWKWARD_DATA[8] as Uint8Array).toString('base64') });
    expect(new Set(lines.map(({ sum }) => sum)).size).toBe(lines.length);
    expect(fs.statSync(file).mode & 0o077).toBe(0);
  });

  it('brought into an empty log makes the very same log', async () => {
    const copy = freshPath('log.sqlite');
    const { exitCode, answer } = await replay(dataDir, 'import', '--from', file, '--log', `sqlite:${copy}`);
    expect(answer).toMatch(/^imported 30 events of 30 into /);
    expect(exitCode).toBe(0);
    expect(await eventsOf(copy)).toEqual(await eventsOf(path.join(dataDir, 'log.sqlite')));
    expect(await verifySqliteLog(copy)).toEqual(await verifySqliteLog(path.join(dataDir, 'log.sqlite')));
  });

  it('goes through standard output and input, and compressed', async () => {
    const { output } = await replay(dataDir, 'export');
    const withoutTime = (text: string) => linesOf(text).map(({ sum: _, exportedAt: __, ...line }) => line);
    expect(withoutTime(output)).toEqual(withoutTime(textOf(file)));
    const piped = freshPath('log.sqlite');
    const { exitCode, answer } = await replayWith({ dataDir, logUrl: null, databaseUrl: null }, ['import', '--from', '-', '--log', piped], output);
    expect([exitCode, answer]).toEqual([0, expect.stringContaining('verified: the log is whole through position 30')]);
    const compressed = freshPath('history.ndjson.gz');
    await replay(dataDir, 'export', '--to', compressed);
    expect(withoutTime(gunzipSync(fs.readFileSync(compressed)).toString())).toEqual(withoutTime(output));
    const unpacked = freshPath('log.sqlite');
    expect((await replay(dataDir, 'import', '--from', compressed, '--log', unpacked)).exitCode).toBe(0);
    expect(await verifySqliteLog(unpacked)).toEqual(await verifySqliteLog(piped));
  });

  it('of an empty log makes an empty log', async () => {
    const empty = freshPath('empty');
    fs.mkdirSync(empty);
    fs.writeFileSync(path.join(empty, 'log.sqlite'), '');
    const exported = freshPath('empty.ndjson');
    expect((await replay(empty, 'export', '--to', exported)).exitCode).toBe(0);
    expect(linesOf(textOf(exported))).toHaveLength(2);
    const copy = freshPath('log.sqlite');
    expect((await replay(empty, 'import', '--from', exported, '--log', copy)).exitCode).toBe(0);
    expect((await verifySqliteLog(copy)).position).toBe(0);
  });

  it('keeps to a range and to streams, and is then refused by import', async () => {
    const part = freshPath('part.ndjson');
    await replay(dataDir, 'export', '--to', part, '--stream', 'sample-1', '--from', '5', '--until', '20');
    const events = linesOf(textOf(part)).slice(1, -1);
    expect(events.map(({ position }) => position)).toEqual([6, 10, 12, 16, 20]);
    const refused = await replay(dataDir, 'import', '--from', part, '--log', freshPath('log.sqlite'));
    expect([refused.exitCode, refused.notes]).toEqual([2, `slipway-replay: ${part} cannot be imported: it holds only the streams that begin with "sample-1"; export without --stream`]);
    const late = freshPath('late.ndjson');
    await replay(dataDir, 'export', '--to', late, '--from', '5');
    expect((await replay(dataDir, 'import', '--from', late, '--log', freshPath('log.sqlite'))).notes).toContain('it begins at position 5; export without --from');
  });

  it('up to a position or time is a beginning that can be imported, and gone on from', async () => {
    const [beginning, copy] = [freshPath('beginning.ndjson'), freshPath('log.sqlite')];
    const [, , third] = await eventsOf(path.join(dataDir, 'log.sqlite'));
    await replay(dataDir, 'export', '--to', beginning, '--until', '12');
    expect((await replay(dataDir, 'import', '--from', beginning, '--log', copy)).answer).toContain('imported 12 events of 12');
    expect((await replay(dataDir, 'import', '--from', file, '--log', copy)).answer).toContain('imported 18 events of 30');
    expect((await replay(dataDir, 'import', '--from', file, '--log', copy)).answer).toContain('imported 0 events of 30');
    const { output } = await replay(dataDir, 'export', '--until', new Date((third?.recordedAtMs ?? 0) - 60_000).toISOString());
    expect(linesOf(output)).toHaveLength(2);
  });

  it('is refused by a log that holds something else, or more', async () => {
    const copy = freshPath('log.sqlite');
    await (async () => {
      await using log = await openSqliteEventLog(copy);
      await log.append('other-1', [{ id: 'x', type: 'Other', version: 1, data: 1, metadata: {} }], 'none');
    })();
    const { exitCode, notes } = await replay(dataDir, 'import', '--from', file, '--log', copy);
    expect([exitCode, notes]).toEqual([1, expect.stringMatching(/^slipway-replay: the history cannot be brought into the event log [^\n]+it holds another history[^\n]+$/)]);
    expect(await eventsOf(copy)).toHaveLength(1);
  });

  it('takes the place of no file, and asks where to import', async () => {
    expect(await replay(dataDir, 'export', '--to', file)).toMatchObject({ exitCode: 2, notes: expect.stringContaining('is there already') as string });
    expect(await replay(dataDir, 'export', '--to', path.join(home, 'nowhere', 'x'))).toMatchObject({ exitCode: 2, notes: expect.stringContaining('cannot be written') as string });
    expect(await replay(dataDir, 'import', '--from', file)).toMatchObject({ exitCode: 2, notes: expect.stringContaining('with --log') as string });
    expect(await replay(dataDir, 'import', '--from', path.join(home, 'nothing'), '--log', freshPath('l'))).toMatchObject({ exitCode: 2, notes: expect.stringContaining('cannot be read') as string });
    expect(await replay(dataDir, 'import', '--from', home, '--log', freshPath('l'))).toMatchObject({ exitCode: 2, notes: expect.stringContaining('cannot be read') as string });
    expect(fs.readdirSync(home).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('of a log that is being written holds a beginning of it, whole', async () => {
    const busy = freshPath('busy');
    const logFile = path.join(busy, 'log.sqlite');
    await makeLargeLog(logFile, 5_000);
    await using log = await openSqliteEventLog(logFile);
    const writing = { on: true, written: 0 };
    const writer = (async () => {
      for (; writing.on; writing.written++) await log.append('counter-x', [{ id: `w${writing.written}`, type: 'Counted', version: 1, data: writing.written, metadata: {} }], 'any');
    })();
    const exported = freshPath('busy.ndjson');
    await replay(busy, 'export', '--to', exported);
    writing.on = false;
    await writer;
    const copy = freshPath('log.sqlite');
    expect((await replay(busy, 'import', '--from', exported, '--log', copy)).exitCode).toBe(0);
    const [copied, all] = [await eventsOf(copy), await eventsOf(logFile)];
    expect(copied.length).toBeGreaterThanOrEqual(5_000);
    expect(copied).toEqual(all.slice(0, copied.length));
    expect(all.length).toBeGreaterThan(copied.length);
  });
});
