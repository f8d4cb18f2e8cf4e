/** Rows in databases: an entry of its own, because whoever only follows the log need not load TypeORM (27 MB resident). */
export { openProjectionDatabase, projectionDataSourceOptions } from './projection-database.js';
export { projectionTable, type AnyProjectionTable, type ProjectedRow, type ProjectionColumns, type ProjectionTable } from './projection-table.js';
export { sqliteReadModels, type OpenReadModels, type ReadModels } from './read-models.js';
export { typeormProjectionStore } from './typeorm-projection-store.js';
