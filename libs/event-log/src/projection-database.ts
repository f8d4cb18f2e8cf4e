import * as fs from 'node:fs';
import { DataSource, EntitySchema, type DataSourceOptions } from 'typeorm';
import { NodeSqliteDriver } from './node-sqlite-driver.js';
import type { AnyProjectionTable } from './projection-table.js';

export const CHECKPOINT_TABLE = 'projection_checkpoints';

/**
 * The read models of one service in one SQLite file, made and brought up to date if need be. A damaged file is deleted
 * and made anew: nothing in it is original, and the runner builds it again from the log.
 *
 * Only `typeormProjectionStore` writes to it. TypeORM's single connection serves any number of readers.
 */
export async function openProjectionDatabase(file: string, tables: readonly AnyProjectionTable[]): Promise<DataSource> {
  try {
    return await openSound(file, tables);
  } catch (error) {
    if (!isDamage(error)) throw error;
    for (const suffix of ['', '-wal', '-shm']) fs.rmSync(`${file}${suffix}`, { force: true });
    return openSound(file, tables);
  }
}

/** For an application that makes the data source itself. */
export function projectionDataSourceOptions(file: string, tables: readonly AnyProjectionTable[]): DataSourceOptions {
  return {
    type: 'better-sqlite3',
    driver: NodeSqliteDriver,
    database: file,
    entities: [checkpointEntity, ...tables.flatMap((table) => [table.entity, table.besideEntity])],
    enableWAL: true,
    synchronize: true, // it only ever adds tables: each shape has a table of its own
    // A power cut may take back the last commits, but whole ones: the runner then applies those events again.
    prepareDatabase: (database: NodeSqliteDriver) => database.exec('PRAGMA synchronous = NORMAL'),
  };
}

const checkpointEntity = new EntitySchema<{ tableName: string; projection: string; position: number }>({
  name: CHECKPOINT_TABLE,
  tableName: CHECKPOINT_TABLE,
  columns: {
    tableName: { type: 'varchar', primary: true },
    projection: { type: 'varchar' },
    position: { type: 'integer' },
  },
});

async function openSound(file: string, tables: readonly AnyProjectionTable[]): Promise<DataSource> {
  const dataSource = new DataSource(projectionDataSourceOptions(file, tables));
  try {
    await dataSource.initialize();
    const [finding] = await dataSource.query<{ quick_check: string }[]>('PRAGMA quick_check(1)');
    if (finding?.quick_check !== 'ok') throw new DamagedDatabaseError(`${file}: ${finding?.quick_check}`);
    return dataSource;
  } catch (error) {
    if (dataSource.isInitialized) await dataSource.destroy();
    throw error;
  }
}

class DamagedDatabaseError extends Error {}

/** SQLite's codes 11 (corrupt) and 26 (not a database), also where TypeORM has wrapped them. */
function isDamage(error: unknown): boolean {
  if (error instanceof DamagedDatabaseError) return true;
  const inner = (error as { driverError?: unknown }).driverError ?? error;
  return [11, 26].includes(((inner as { errcode?: number }).errcode ?? 0) & 0xff);
}
