import type { DataSource, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { CHECKPOINT_TABLE } from '../projection-database.js';
import type { ProjectionSlot } from '../projection-store.js';
import type { AnyProjectionTable } from '../projection-table.js';
import { postgresTypeOf, type PostgresType } from './postgres-entity.js';

/** PostgreSQL cuts longer names short without a word. */
const IDENTIFIER_BYTES_MAX = 63;

export type PostgresColumn = { readonly name: string; readonly type: PostgresType; readonly isNullable: boolean; readonly isIndexed: boolean };

/** One table of one projection: the live one or the one beside. */
export type PostgresCopy = {
  readonly projectionName: string;
  readonly slot: ProjectionSlot;
  readonly tableName: string;
  /** Quoted, with its schema. */
  readonly table: string;
  readonly columns: readonly PostgresColumn[];
  /** In the order of `columns`. */
  valuesOf(key: string, row: unknown): readonly unknown[];
};

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const checkpointTable = (schema: string): string => `${quoted(schema)}.${quoted(CHECKPOINT_TABLE)}`;

/** Both copies of every table, the data source initialised or not. */
export function copiesOf(dataSource: DataSource, schema: string, tables: readonly AnyProjectionTable[]): readonly PostgresCopy[] {
  return tables.flatMap((table) => [copyOf(dataSource, schema, table, 'live'), copyOf(dataSource, schema, table, 'beside')]);
}

function copyOf(dataSource: DataSource, schema: string, table: AnyProjectionTable, slot: ProjectionSlot): PostgresCopy {
  const metadata = dataSource.getMetadata(slot === 'live' ? table.entity : table.besideEntity);
  const { tableName } = metadata;
  const columns = metadata.columns.map((column) => columnOf(metadata, column));
  if (Buffer.byteLength(tableName) > IDENTIFIER_BYTES_MAX)
    throw new Error(`${tableName} is longer than the ${IDENTIFIER_BYTES_MAX} bytes PostgreSQL keeps of a name`);
  return {
    projectionName: table.projection.name,
    slot,
    tableName,
    table: `${quoted(schema)}.${quoted(tableName)}`,
    columns,
    valuesOf(key, row) {
      const entity = { key, row, ...table.toColumns(row) };
      return metadata.columns.map((column) => storable(dataSource.driver.preparePersistentValue(column.getEntityValue(entity), column)));
    },
  };
}

function columnOf(metadata: EntityMetadata, column: ColumnMetadata): PostgresColumn {
  return {
    name: column.databaseName,
    type: postgresTypeOf(`${metadata.tableName}.${column.databaseName}`, column.type),
    isNullable: column.isNullable,
    isIndexed: metadata.indices.some(({ columns }) => columns.length === 1 && columns[0] === column),
  };
}

/** PostgreSQL's text holds every character but one. Rows are JSON, which never has it plain. */
function storable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : (value ?? null);
}
