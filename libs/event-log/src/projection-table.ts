import { hash } from 'node:crypto';
import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import type { AnyProjection, Projection } from './projection.js';

/** A row as TypeORM reads it: its key, the row itself, and the columns that make it searchable. */
export type ProjectedRow<Row, Columns extends object = object> = { readonly key: string; readonly row: Row } & Columns;

/** `key` and `row` are taken. `index: true` makes the column's own index. */
export type ProjectionColumns<Columns extends object> = {
  readonly [Name in keyof Columns]: EntitySchemaColumnOptions & { readonly index?: boolean };
};

/**
 * A projection and the table it is kept in. Query `entity` with TypeORM: `dataSource.getRepository(table.entity)`.
 * The columns are derived from the row, so they can be changed or added like the row: by building anew.
 */
export type ProjectionTable<Row, Columns extends object = object> = {
  readonly projection: AnyProjection;
  readonly entity: EntitySchema<ProjectedRow<Row, Columns>>;
  readonly besideEntity: EntitySchema<ProjectedRow<Row, Columns>>;
  toColumns(row: Row): Columns;
};

export type AnyProjectionTable = ProjectionTable<unknown>;

/** Each version of a projection, and each shape of its columns, has a table of its own. */
export function projectionTable<Row, Event, Columns extends object = Record<never, never>>(
  projection: Projection<Row, Event>,
  shape: { readonly columns: ProjectionColumns<Columns>; toColumns(row: Row): Columns },
): ProjectionTable<Row, Columns> {
  const shapeHash = hash('sha256', JSON.stringify(shape.columns, nameFunctions), 'hex').slice(0, 8);
  const tableName = `${projection.name.replaceAll('-', '_')}_v${projection.version}_${shapeHash}`;
  return {
    projection,
    entity: schemaOf(tableName, shape.columns),
    besideEntity: schemaOf(`${tableName}_beside`, shape.columns),
    toColumns: (row) => shape.toColumns(row),
  };
}

function schemaOf<Row, Columns extends object>(tableName: string, columns: ProjectionColumns<Columns>): EntitySchema<ProjectedRow<Row, Columns>> {
  const own: Record<string, EntitySchemaColumnOptions> = {
    key: { type: 'varchar', primary: true },
    row: { type: 'text', transformer: { to: (row: unknown) => JSON.stringify(row), from: (text: string): unknown => JSON.parse(text) } },
  };
  const given = Object.entries<EntitySchemaColumnOptions & { readonly index?: boolean }>(columns);
  const indexed = given.filter(([, { index }]) => index === true).map(([name]) => ({ name: `${tableName}_by_${name}`, columns: [name] }));
  for (const [name, { index: _index, ...options }] of given) own[name] = options;
  return new EntitySchema({ name: tableName, tableName, columns: own, indices: indexed } as never);
}

/** Column types may be given as constructors, which JSON leaves out. */
const nameFunctions = (_key: string, value: unknown): unknown => (typeof value === 'function' ? value.name : value);
