import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { newEvent, newEvents } from './conformance-events.js';
import type { RecordedEvent } from './event-log.js';
import { CorruptLogError } from './log-errors.js';
import { seededChance } from './seeded-chance.js';
import { openSqliteEventLog } from './sqlite-event-log.js';
import { verifySqliteLog } from './verify-sqlite-log.js';

const EVENTS = 1_200;
const CUTS = 40;
const SUFFIXES = ['', '-wal', '.head'] as const;

let directory: string;
const file = () => path.join(directory, 'log.sqlite');
beforeEach(() => void (directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-damage-'))));
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

/** A log of about 1 MB: as a clean end leaves it, or as a killed writer does, half of it in the write-ahead log. */
type Sound = { readonly parts: ReadonlyMap<string, Buffer>; readonly events: readonly RecordedEvent[] };
const sound: { closed?: Sound; killed?: Sound } = {};

async function soundLog(kind: 'closed' | 'killed'): Promise<Sound> {
  const known = sound[kind];
  if (known !== undefined) return known;
  const source = path.join(directory, `${kind}.sqlite`);
  await write(source, EVENTS / 2);
  const log = await openSqliteEventLog(source);
  for (let written = EVENTS / 2; written < EVENTS; written += 20) await log.append(`stream-${written % 7}`, sized(20), 'any');
  const events = await Array.fromAsync(log.readAll());
  if (kind === 'closed') await log[Symbol.asyncDispose]();
  const parts = new Map(SUFFIXES.filter((suffix) => fs.existsSync(source + suffix)).map((suffix) => [suffix as string, fs.readFileSync(source + suffix)]));
  if (kind === 'killed') await log[Symbol.asyncDispose]();
  expect(parts.size).toBe(kind === 'closed' ? 2 : 3);
  return (sound[kind] = { parts, events });
}

async function write(target: string, count: number): Promise<void> {
  await using log = await openSqliteEventLog(target);
  for (let written = 0; written < count; written += 20) await log.append(`stream-${written % 7}`, sized(20), 'any');
}

const sized = (count: number) => Array.from({ length: count }, (_, index) => newEvent('Happened', { index, text: 'x'.repeat(500) }));

/** Opens the log with one part replaced (null: missing). True: found damaged. False: opened, and every event is there and unchanged. */
async function isFoundDamaged({ parts, events }: Sound, suffix: string, damaged: Buffer | null): Promise<boolean> {
  for (const end of [...SUFFIXES, '-shm', '-journal']) fs.rmSync(file() + end, { force: true });
  for (const [end, bytes] of parts) if (end !== suffix) fs.writeFileSync(file() + end, bytes);
  if (damaged !== null) fs.writeFileSync(file() + suffix, damaged);
  try {
    await using log = await openSqliteEventLog(file());
    expect(await Array.fromAsync(log.readAll())).toEqual(events);
    return false;
  } catch (error) {
    if (!(error instanceof CorruptLogError)) throw error;
    expect(error.message).toContain(file());
    expect(error.message).toMatch(/Nothing was changed/);
    return true;
  }
}

const partOf = ({ parts }: Sound, suffix: string): Buffer => parts.get(suffix) as Buffer;

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

describe('a damaged SQLite log', () => {
  it('is not found where there is none', async () => {
    for (const kind of ['closed', 'killed'] as const) {
      const log = await soundLog(kind);
      expect(await isFoundDamaged(log, '', partOf(log, ''))).toBe(false);
    }
  });

  it.each(['closed', 'killed'] as const)('is found for every cut of the file (%s)', async (kind) => {
    const log = await soundLog(kind);
    const bytes = partOf(log, '');
    const chance = seededChance(1);
    const cuts = [0, 1, 99, 100, 512, 4_096, bytes.length - 4_096, bytes.length - 1, ...Array.from({ length: CUTS }, () => chance(bytes.length))];
    for (const length of cuts) expect({ length, found: await isFoundDamaged(log, '', bytes.subarray(0, length)) }).toEqual({ length, found: true });
  });

  it('is found for every cut of the write-ahead log that takes a recorded event', async () => {
    const log = await soundLog('killed');
    const bytes = partOf(log, '-wal');
    const chance = seededChance(2);
    const cuts = [0, 31, 32, 33, bytes.length - 1, ...Array.from({ length: CUTS }, () => chance(bytes.length))];
    for (const length of cuts) expect({ length, found: await isFoundDamaged(log, '-wal', bytes.subarray(0, length)) }).toEqual({ length, found: true });
    expect(await isFoundDamaged(log, '-wal', null)).toBe(true);
  });

  it.each(['closed', 'killed'] as const)('is found for a flipped bit on every page, or the bit said nothing about any event (%s)', async (kind) => {
    const log = await soundLog(kind);
    const chance = seededChance(3);
    let found = 0;
    let harmless = 0;
    for (const suffix of ['', '-wal']) {
      const bytes = log.parts.get(suffix);
      if (bytes === undefined) continue;
      for (let page = 0; page * 4_096 < bytes.length; page++) {
        const bit = page * 4_096 * 8 + chance(Math.min(4_096, bytes.length - page * 4_096) * 8);
        if (await isFoundDamaged(log, suffix, flipped(bytes, bit))) found++;
        else harmless++;
      }
    }
    expect(found).toBeGreaterThan(harmless); // what is not found has been compared event by event
  }, 600_000);

  it.each(['closed', 'killed'] as const)('is found for a flipped bit anywhere in the header, or it said nothing (%s)', async (kind) => {
    const log = await soundLog(kind);
    const bytes = partOf(log, '');
    for (let bit = 0; bit < 100 * 8; bit += 9) await isFoundDamaged(log, '', flipped(bytes, bit));
  });

  it('is found when the head record is missing or unreadable, and one torn slot of it does no harm', async () => {
    const log = await soundLog('closed');
    const bytes = partOf(log, '.head');
    expect(await isFoundDamaged(log, '.head', null)).toBe(true);
    expect(await isFoundDamaged(log, '.head', Buffer.alloc(0))).toBe(true);
    expect(await isFoundDamaged(log, '.head', Buffer.alloc(bytes.length))).toBe(true);
    const chance = seededChance(4);
    for (let round = 0; round < 20; round++) expect(await isFoundDamaged(log, '.head', flipped(bytes, chance(bytes.length * 8)))).toBe(false);
  });

  it('is found when the file is gone or replaced by an older one', async () => {
    const log = await soundLog('closed');
    expect(await isFoundDamaged(log, '', null)).toBe(true);
    const older = path.join(directory, 'older.sqlite');
    await write(older, 100);
    expect(await isFoundDamaged(log, '', fs.readFileSync(older))).toBe(true);
  });

  it('is found when somebody edited, removed, added or exchanged events, and says where', async () => {
    const edits: [string, number | null][] = [
      [`UPDATE events SET data = replace(data, '"index":3', '"index":4') WHERE position = 4`, 3],
      [`UPDATE events SET recorded_at_ms = recorded_at_ms + 1 WHERE position = 7`, 6],
      [`UPDATE events SET metadata = 'somebody' WHERE position = 1`, 0],
      [`DELETE FROM events WHERE position = 10`, 9],
      [`DELETE FROM events WHERE position > 15`, 15],
      [`UPDATE events SET position = 99 WHERE position = 20`, 19],
      [`CREATE TABLE more (x)`, null],
    ];
    for (const [sql, intactThrough] of edits) {
      for (const end of [...SUFFIXES, '-shm']) fs.rmSync(file() + end, { force: true });
      await write(file(), 20);
      const editor = new DatabaseSync(file());
      editor.exec(sql);
      editor.close();
      await expect(openSqliteEventLog(file())).rejects.toMatchObject({ code: 'LOG_CORRUPT', intactThrough });
    }
  });

  it('is found at its end when it is too large to be verified whole', async () => {
    await write(file(), 200);
    await expect(openSqliteEventLog(file(), { verifyOnOpenBytesMax: 0 }).then((log) => log[Symbol.asyncDispose]())).resolves.toBeUndefined();
    const editor = new DatabaseSync(file());
    editor.exec('DELETE FROM events WHERE position = 200');
    editor.close();
    await expect(openSqliteEventLog(file(), { verifyOnOpenBytesMax: 0 })).rejects.toThrow(/ends at position 199 but had reached 200/);
  });

  it('is found by verifying the whole log, while it is being written', async () => {
    const log = await openSqliteEventLog(file());
    await log.append('a-1', newEvents(2_500), 'none');
    const progress: number[] = [];
    const verifying = verifySqliteLog(file(), ({ position }) => progress.push(position));
    await log.append('a-1', newEvents(10), 2_499);
    expect((await verifying).position).toBeGreaterThanOrEqual(2_500);
    expect(progress).toEqual([1_000, 2_000, expect.any(Number)]);
    using saboteur = new DatabaseSync(file());
    saboteur.exec(`UPDATE events SET type = 'Other' WHERE position = 1500`);
    await expect(verifySqliteLog(file())).rejects.toMatchObject({ intactThrough: 1_499 });
    await log[Symbol.asyncDispose]();
  });

  it('is reported as it is found while reading, too', async () => {
    const log = await openSqliteEventLog(file());
    await log.append('a-1', newEvents(5), 'none');
    using saboteur = new DatabaseSync(file());
    saboteur.exec(`UPDATE events SET data = '{' WHERE position = 3`);
    await expect(Array.fromAsync(log.readAll())).rejects.toThrow(CorruptLogError);
    await log[Symbol.asyncDispose]();
  });
});
