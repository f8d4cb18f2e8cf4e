import type { DataSource } from 'typeorm';
import { openProjectionDatabase } from './projection-database.js';
import type { ProjectionStore } from './projection-store.js';
import type { AnyProjectionTable } from './projection-table.js';
import { typeormProjectionStore } from './typeorm-projection-store.js';

/** The rows of one service: to be asked through TypeORM, and written by a projection runner alone. */
export type ReadModels = { readonly dataSource: DataSource; readonly store: ProjectionStore; close(): Promise<void> };

/** A service is given the means to open its rows, and knows nothing of the database they are in. */
export type OpenReadModels = (tables: readonly AnyProjectionTable[]) => Promise<ReadModels>;

/** In an SQLite file of the service's own. */
export function sqliteReadModels(file: string): OpenReadModels {
  return async (tables) => {
    const dataSource = await openProjectionDatabase(file, tables);
    return { dataSource, store: typeormProjectionStore(dataSource, tables), close: () => dataSource.destroy() };
  };
}
