import type { AnyPureProjection } from '@slipway/domain';
import { advanceProjection, buildProjection, ProjectionFailedError, type EventLogReader, type ProjectionStore } from '@slipway/event-log';
import type { AnyProjectionTable } from '@slipway/event-log/read-models';
import { briefJson, harmless } from '../readable-text.js';
import { firstDifference } from './first-difference.js';
import { UnreadableRowError, type LiveDatabase, type LiveTable, type StoredRow } from './live-database.js';
import { digestLive, digestTable } from './live-digest.js';
import { openSqliteLiveDatabase } from './sqlite-live-database.js';

/** Characters of a value in a finding. */
const VALUE_CHARACTERS_MAX = 120;

export type Comparison = {
  readonly log: EventLogReader;
  readonly live: LiveDatabase;
  readonly table: LiveTable;
  readonly pure: AnyPureProjection;
  readonly store: ProjectionStore;
  readonly scratch: AnyProjectionTable;
  readonly scratchFile: string;
};

export type Compared = { readonly rows: number; readonly checkpoint: number; readonly findings: readonly string[] };

/**
 * Digests the live rows as they stand at their checkpoint, rebuilds up to there, and compares. Only when they differ are
 * rows looked at one by one: the live table may have moved on meanwhile, so the rebuilt one is brought to where it is.
 * Throws TableGoneError.
 */
export async function compareProjection(comparison: Comparison): Promise<Compared> {
  const { log, live, table, pure, store, scratch, scratchFile } = comparison;
  let reached = { rows: 0, checkpoint: 0 };
  try {
    const digest = await digestLive(live, table, pure);
    reached = digest;
    const head = await log.head();
    if (digest.checkpoint > head) return { ...reached, findings: [`it stands at position ${digest.checkpoint}, but the log ends at ${head}`] };
    await buildProjection(log, store, scratch.projection, 'live', digest.checkpoint);
    await using rebuilt = openSqliteLiveDatabase(scratchFile);
    const { hash } = await digestTable(rebuilt, rebuiltTable(comparison));
    const rowFinding = hash === digest.hash ? null : await firstWrongRow(comparison, rebuilt);
    return { ...reached, findings: [rowFinding, digest.columnFinding].filter((finding) => finding !== null).map(harmless) };
  } catch (error) {
    if (error instanceof ProjectionFailedError || error instanceof UnreadableRowError) return { ...reached, findings: [harmless(error.message)] };
    throw error;
  }
}

const rebuiltTable = ({ table, scratch }: Comparison): LiveTable => ({ tableName: scratch.entity.options.tableName ?? '', projection: table.projection });

/** Null when the live rows have become right meanwhile: the service built them anew. */
function firstWrongRow(comparison: Comparison, rebuilt: LiveDatabase): Promise<string | null> {
  const { log, live, table, store, scratch } = comparison;
  return live.inSnapshot(table, async ({ checkpoint, rows }) => {
    const isBehind = checkpoint < (await store.checkpoint(scratch.projection, 'live'));
    await (isBehind ? buildProjection : advanceProjection)(log, store, scratch.projection, 'live', checkpoint);
    return rebuilt.inSnapshot(rebuiltTable(comparison), (other) => compareRows(rows(), other.rows()));
  });
}

/** Both in the byte order of their keys. */
async function compareRows(live: AsyncIterable<StoredRow>, rebuilt: AsyncIterable<StoredRow>): Promise<string | null> {
  const [lives, others] = [live[Symbol.asyncIterator](), rebuilt[Symbol.asyncIterator]()];
  try {
    let [mine, other] = [await next(lives), await next(others)];
    while (mine !== null || other !== null) {
      const order = mine === null ? 1 : other === null ? -1 : Buffer.compare(Buffer.from(mine.key), Buffer.from(other.key));
      if (order < 0 && mine !== null) return `row ${mine.key} is served, but the log gives no such row`;
      if (order > 0 && other !== null) return `row ${other.key} is missing`;
      const difference = firstDifference(mine?.row, other?.row);
      if (difference !== null) {
        const [served, right] = [briefJson(difference.left, VALUE_CHARACTERS_MAX), briefJson(difference.right, VALUE_CHARACTERS_MAX)];
        return `row ${mine?.key} differs at ${difference.path || 'its whole'}: live ${served}, rebuilt ${right}`;
      }
      [mine, other] = [await next(lives), await next(others)];
    }
    return null;
  } finally {
    await lives.return?.();
    await others.return?.();
  }
}

async function next(rows: AsyncIterator<StoredRow>): Promise<StoredRow | null> {
  const step = await rows.next();
  return step.done === true ? null : step.value;
}
