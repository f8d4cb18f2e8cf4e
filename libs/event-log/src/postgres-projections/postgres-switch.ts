import type { Pool } from 'pg';
import type { AnyProjection } from '../projection.js';
import { CheckpointMovedError } from '../projection-store.js';
import { checkpointTable, quoted, type PostgresCopy } from './postgres-copy.js';
import { inTransaction } from './postgres-transaction.js';

/**
 * Trading places takes the tables for an instant; while it waits for readers that are in them, new ones queue behind it.
 * So it waits a little, gives way for a moment, and waits longer the next time.
 */
export const SWITCH_LOCK_TIMEOUT_MS = 20;
export const SWITCH_LOCK_TIMEOUT_MS_MAX = 1_000;
export const SWITCH_GIVE_WAY_MS = 50;
export const SWITCH_ATTEMPTS_MAX = 30;

export type SwitchedPair = { readonly schema: string; readonly live: PostgresCopy; readonly beside: PostgresCopy };

/** The two tables trade names, and the one that was live is emptied. Readers get one or the other, whole. */
export async function switchTables(
  pool: Pool,
  projection: AnyProjection,
  pair: SwitchedPair,
  reach: ((livePosition: number) => Promise<number>) | undefined,
): Promise<void> {
  let lockTimeoutMs = SWITCH_LOCK_TIMEOUT_MS;
  for (let attempt = 1; ; attempt++)
    try {
      return await trySwitch(pool, projection, pair, reach, lockTimeoutMs);
    } catch (error) {
      if ((error as { readonly code?: string }).code !== LOCK_NOT_AVAILABLE || attempt === SWITCH_ATTEMPTS_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, SWITCH_GIVE_WAY_MS));
      lockTimeoutMs = Math.min(lockTimeoutMs * 2, SWITCH_LOCK_TIMEOUT_MS_MAX);
    }
}

const LOCK_NOT_AVAILABLE = '55P03';

async function trySwitch(
  pool: Pool,
  projection: AnyProjection,
  { schema, live, beside }: SwitchedPair,
  reach: ((livePosition: number) => Promise<number>) | undefined,
  lockTimeoutMs: number,
): Promise<void> {
  const checkpoints = checkpointTable(schema);
  await inTransaction(pool, async (client) => {
    const locked = async (name: string): Promise<number> => {
      const { rows } = await client.query<{ position: string }>(`SELECT "position" FROM ${checkpoints} WHERE "tableName" = $1 FOR UPDATE`, [name]);
      return Number(rows[0]?.position ?? 0);
    };
    // Commits take the table before the checkpoint, so it is taken first here too; readers do not notice.
    await client.query(`LOCK TABLE ${live.table} IN SHARE ROW EXCLUSIVE MODE`);
    const livePosition = await locked(live.tableName); // from here on nobody moves it on
    const reached = await reach?.(livePosition);
    const besidePosition = await locked(beside.tableName);
    if (reached !== undefined && reached !== besidePosition) throw new CheckpointMovedError(projection, reached, besidePosition);
    const away = quoted(`${live.tableName}_away`);
    // In one trip: the tables are taken for as long as this runs, and nobody reads them meanwhile.
    await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs};
      LOCK TABLE ${live.table}, ${beside.table} IN ACCESS EXCLUSIVE MODE;
      ALTER TABLE ${live.table} RENAME TO ${away};
      ALTER TABLE ${beside.table} RENAME TO ${quoted(live.tableName)};
      ALTER TABLE ${quoted(schema)}.${away} RENAME TO ${quoted(beside.tableName)};
      TRUNCATE ${beside.table};
      UPDATE ${checkpoints} SET "position" = CASE "tableName" WHEN '${live.tableName}' THEN ${besidePosition} ELSE 0 END
        WHERE "tableName" IN ('${live.tableName}', '${beside.tableName}');
      COMMIT`);
    await client.query('BEGIN'); // which inTransaction ends
  });
}
