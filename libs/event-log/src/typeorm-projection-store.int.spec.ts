import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { MoreThan } from 'typeorm';
import { newEvents } from './conformance-events.js';
import { openMemoryEventLog } from './memory-event-log.js';
import { openProjectionDatabase } from './projection-database.js';
import { startProjectionRunner } from './projection-runner.js';
import { counter, projectionStoreConformance, type Counted } from './projection-store.conformance.js';
import { projectionTable } from './projection-table.js';
import { typeormProjectionStore } from './typeorm-projection-store.js';

let directory: string;
const file = () => path.join(directory, 'read-models.sqlite');
beforeEach(() => void (directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-projections-'))));
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

const tableOf = (version: number) =>
  projectionTable<Counted, string, { count: number; even: boolean; last: string | null }>(counter(version), {
    columns: { count: { type: 'integer', index: true }, even: { type: 'boolean' }, last: { type: 'varchar', nullable: true } },
    toColumns: ({ count, types }) => ({ count, even: count % 2 === 0, last: types.at(-1) ?? null }),
  });

async function openStore(version: number) {
  const table = tableOf(version);
  const dataSource = await openProjectionDatabase(file(), [table]);
  return { ...typeormProjectionStore(dataSource, [table]), dataSource, table, [Symbol.asyncDispose]: () => dataSource.destroy() };
}

projectionStoreConformance('the TypeORM store', openStore);

describe('the TypeORM store', () => {
  it('answers typed queries over indexed columns', async () => {
    await using store = await openStore(1);
    await using log = openMemoryEventLog();
    await log.append('a-1', newEvents(1), 'none');
    await log.append('a-2', newEvents(4), 'none');
    await using runner = startProjectionRunner({ log, store, projections: [counter()] });
    await runner.ready;
    const repository = store.dataSource.getRepository(store.table.entity);
    const found = await repository.find({ where: { count: MoreThan(1), even: true }, order: { key: 'ASC' } });
    expect(found).toEqual([{ key: 'a-2', row: { streamId: 'a-2', count: 4, types: Array(4).fill('Happened') }, count: 4, even: true, last: 'Happened' }]);
    const indexes = await store.dataSource.query(`SELECT name FROM sqlite_schema WHERE type = 'index' AND name GLOB 'counter_v1_????????_by_count'`);
    expect(indexes).toHaveLength(1);
  });

  it('goes on from its checkpoint after a restart, and builds a new version in a table of its own', async () => {
    await using log = openMemoryEventLog();
    await log.append('a-1', newEvents(3), 'none');
    const run = async (version: number) => {
      await using store = await openStore(version);
      const parsed: number[] = [];
      const projection = counter(version);
      const watched = { ...projection, parse: (recorded: Parameters<typeof projection.parse>[0]) => (parsed.push(recorded.position), projection.parse(recorded)) };
      await using runner = startProjectionRunner({ log, store, projections: [watched] });
      await runner.ready;
      const tables = await store.dataSource.query(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'counter_%' ORDER BY name`);
      return { parsed, tables: tables.map(({ name }: { name: string }) => name.replace(/_[0-9a-f]{8}/, '')) };
    };
    expect(await run(1)).toEqual({ parsed: [1, 2, 3], tables: ['counter_v1', 'counter_v1_beside'] });
    await log.append('a-1', newEvents(1), 2);
    expect((await run(1)).parsed).toEqual([4]);
    expect(await run(2)).toEqual({ parsed: [1, 2, 3, 4], tables: ['counter_v2', 'counter_v2_beside'] });
  });

  it('never shows a reader half of a batch', async () => {
    await using store = await openStore(1);
    await using log = openMemoryEventLog();
    await using runner = startProjectionRunner({ log, store, projections: [counter()] });
    const repository = store.dataSource.getRepository(store.table.entity);
    const writing = (async () => {
      for (let round = 0; round < 100; round++) await log.append(`a-${round % 7}`, newEvents(3), 'any');
    })();
    let done = false;
    void writing.then(() => (done = true));
    while (!done) {
      const rows = await repository.find();
      const all = rows.find(({ key }) => key === 'all')?.count ?? 0;
      expect(rows.filter(({ key }) => key !== 'all').reduce((sum, { count }) => sum + count, 0)).toBe(all);
    }
    expect(await runner.waitFor(300, 60_000)).toBe(true);
  });

  it('makes a damaged file anew', async () => {
    {
      await using store = await openStore(1);
      await store.commit([]);
    }
    fs.writeFileSync(file(), Buffer.from(fs.readFileSync(file()).map((byte, index) => (index % 97 === 0 ? byte ^ 0xff : byte))));
    await using again = await openStore(1);
    expect(await again.checkpoint(again.table.projection, 'live')).toBe(0);
  });
});
