import { hash } from 'node:crypto';
import type { QueryConfig } from 'pg';
import { CheckpointMovedError, type ProjectionChange } from '../projection-store.js';
import { checkpointTable, quoted, type PostgresCopy } from './postgres-copy.js';

/** All changes of one copy within a commit. */
export type CopyChange = {
  readonly copy: PostgresCopy;
  readonly change: ProjectionChange;
};

/** Changes of the same copy become one; they must follow each other. In an order in which nobody waits for each other in a circle. */
export function byCopy(changes: readonly ProjectionChange[], find: (change: ProjectionChange) => PostgresCopy): readonly CopyChange[] {
  const merged = new Map<PostgresCopy, ProjectionChange>();
  for (const change of changes) {
    const copy = find(change);
    const earlier = merged.get(copy);
    if (earlier !== undefined && earlier.checkpoint !== change.from) throw new CheckpointMovedError(change.projection, change.from, earlier.checkpoint);
    merged.set(copy, earlier === undefined ? change : following(earlier, change));
  }
  return [...merged].map(([copy, change]) => ({ copy, change })).sort((a, b) => (a.copy.tableName < b.copy.tableName ? -1 : 1));
}

/**
 * One statement for the whole commit, so one trip and one transaction: it locks the checkpoints that are where the
 * changes start from, and only if these are all of them it writes rows, deletes rows and moves the checkpoints on. Its
 * one row says whether it did.
 */
export function commitStatement(schema: string, changes: readonly CopyChange[]): QueryConfig<unknown[]> {
  const checkpoints = checkpointTable(schema);
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const names = parameter(changes.map(({ copy }) => copy.tableName));
  const froms = parameter(changes.map(({ change }) => change.from));
  const nexts = parameter(changes.map(({ change }) => change.checkpoint));
  const parts = [
    `held AS (SELECT c."tableName", w.next FROM ${checkpoints} c
      JOIN unnest(${names}::text[], ${froms}::bigint[], ${nexts}::bigint[]) AS w (name, at, next) ON c."tableName" = w.name AND c."position" = w.at
      ORDER BY c."tableName" FOR UPDATE OF c)`,
    `gate AS MATERIALIZED (SELECT count(*) = cardinality(${names}::text[]) AS open FROM held)`,
    `moved AS (UPDATE ${checkpoints} c SET "position" = held.next FROM held, gate WHERE gate.open AND c."tableName" = held."tableName")`,
    ...changes.flatMap(({ copy, change }, index) => [
      ...(change.puts.size === 0 ? [] : [`put_${index} AS (${putSql(copy, change, parameter)})`]),
      ...(change.deletes.length === 0
        ? []
        : [`delete_${index} AS (DELETE FROM ${copy.table} USING gate WHERE gate.open AND "key" = ANY (${parameter(change.deletes)}::text[]))`]),
    ]),
  ];
  const text = `WITH ${parts.join(',\n')} SELECT open FROM gate`;
  return { name: `slipway-${hash('sha256', text, 'hex').slice(0, 32)}`, text, values };
}

function putSql({ table, columns, valuesOf }: PostgresCopy, { puts }: ProjectionChange, parameter: (value: unknown) => string): string {
  const rows = [...puts].map(([key, row]) => valuesOf(key, row));
  const arrays = columns.map(({ type }, index) => `${parameter(rows.map((values) => values[index]))}::${type}[]`);
  const names = columns.map(({ name }) => quoted(name));
  const updates = names.filter((name) => name !== '"key"').map((name) => `${name} = excluded.${name}`);
  return `INSERT INTO ${table} (${names.join(', ')})
    SELECT ${names.map((name) => `u.${name}`).join(', ')} FROM gate, unnest(${arrays.join(', ')}) AS u (${names.join(', ')}) WHERE gate.open
    ON CONFLICT ("key") DO UPDATE SET ${updates.join(', ')}`;
}

function following(earlier: ProjectionChange, later: ProjectionChange): ProjectionChange {
  const puts = new Map([...earlier.puts].filter(([key]) => !later.deletes.includes(key)));
  for (const [key, row] of later.puts) puts.set(key, row);
  const deletes = [...new Set([...earlier.deletes, ...later.deletes])].filter((key) => !later.puts.has(key));
  return { ...earlier, puts, deletes, checkpoint: later.checkpoint };
}
