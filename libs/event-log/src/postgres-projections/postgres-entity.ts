import { EntitySchema, type EntitySchemaColumnOptions, type EntitySchemaOptions } from 'typeorm';

/** What the columns of projections are in PostgreSQL. Text is in byte order, as in SQLite. */
export type PostgresType = 'text' | 'bigint' | 'boolean' | 'double precision';

/**
 * The same entity for PostgreSQL: TypeORM finds it by its name, so queries name the original. Integers are wide, as in
 * SQLite, and come back as numbers. Throws for a type that does not behave alike in both.
 */
export function postgresEntity<Row>(entity: EntitySchema<Row>): EntitySchema<Row> {
  const options = entity.options as EntitySchemaOptions<Record<string, unknown>>;
  const columns = Object.entries(options.columns).map(([name, column]) => [name, postgresColumn(`${options.name}.${name}`, column)] as const);
  return new EntitySchema({ ...options, columns: Object.fromEntries(columns) } as EntitySchemaOptions<Row>);
}

export function postgresTypeOf(place: string, type: EntitySchemaColumnOptions['type']): PostgresType {
  const known = TYPES.get(type);
  if (known === undefined) throw new Error(`${place} has the type ${String(type)}, which is not one of ${[...TYPES.keys()].map(nameOf).join(', ')}`);
  return known;
}

const TYPES = new Map<unknown, PostgresType>([
  ['varchar', 'text'],
  ['text', 'text'],
  [String, 'text'],
  ['integer', 'bigint'],
  ['int', 'bigint'],
  ['bigint', 'bigint'],
  ['boolean', 'boolean'],
  [Boolean, 'boolean'],
  ['double precision', 'double precision'],
  ['real', 'double precision'],
  [Number, 'double precision'],
]);

const nameOf = (type: unknown): string => (typeof type === 'function' ? type.name : String(type));

function postgresColumn(place: string, column: EntitySchemaColumnOptions | undefined): EntitySchemaColumnOptions {
  if (column === undefined) throw new Error(`${place} has no type`);
  const type = postgresTypeOf(place, column.type);
  if (type !== 'bigint') return { ...column, type };
  if (column.transformer !== undefined) throw new Error(`${place} is an integer with a transformer: keep the number as it is`);
  return { ...column, type, transformer: BIGINT_AS_NUMBER };
}

/** The driver gives 64-bit integers as text, since not all of them are numbers; those that were put in here are. */
const BIGINT_AS_NUMBER = {
  to: (value: unknown): unknown => value,
  from: (value: string | null): number | null => (value === null ? null : Number(value)),
};
