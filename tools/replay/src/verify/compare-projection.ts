import { DatabaseSync } from 'node:sqlite';
import type { AnyPureProjection } from '@slipway/domain';
import {
  advanceProjection,
  buildProjection,
  ProjectionFailedError,
  type AnyProjectionTable,
  type EventLogReader,
  type ProjectionStore,
} from '@slipway/event-log';
import { briefJson, harmless } from '../readable-text.js';
import { firstDifference } from './first-difference.js';
import { digestLive, inSnapshot, liveCheckpoint, liveRows, UnreadableRowError, type LiveRow, type LiveTable } from './live-table.js';

/** Characters of a value in a finding. */
const VALUE_CHARACTERS_MAX = 120;

export type Comparison = {
  readonly log: EventLogReader;
  readonly live: DatabaseSync;
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
 */
export async function compareProjection(comparison: Comparison): Promise<Compared> {
  const { log, live, table, pure, store, scratch } = comparison;
  let reached = { rows: 0, checkpoint: 0 };
  try {
    const digest = inSnapshot(live, () => digestLive(live, table, pure));
    reached = digest;
    const head = await log.head();
    if (digest.checkpoint > head) return { ...reached, findings: [`it stands at position ${digest.checkpoint}, but the log ends at ${head}`] };
    await buildProjection(log, store, scratch.projection, 'live', digest.checkpoint);
    const rebuilt = await store.digest(scratch.projection, 'live');
    const rowFinding = rebuilt.hash === digest.hash ? null : await firstWrongRow(comparison);
    return { ...reached, findings: [rowFinding, digest.columnFinding].filter((finding) => finding !== null).map(harmless) };
  } catch (error) {
    if (error instanceof ProjectionFailedError || error instanceof UnreadableRowError) return { ...reached, findings: [harmless(error.message)] };
    throw error;
  }
}

/** Null when the live rows have become right meanwhile: the service built them anew. */
async function firstWrongRow({ log, live, table, store, scratch, scratchFile }: Comparison): Promise<string | null> {
  live.exec('BEGIN'); // the live table stands still for us from here on
  const rebuilt = new DatabaseSync(scratchFile, { readOnly: true });
  try {
    await advanceProjection(log, store, scratch.projection, 'live', liveCheckpoint(live, table));
    const scratchTable = { tableName: scratch.entity.options.tableName ?? '', projection: table.projection };
    return compareRows(liveRows(live, table), liveRows(rebuilt, scratchTable));
  } finally {
    rebuilt.close();
    live.exec('COMMIT');
  }
}

/** Both in the byte order of their keys. */
export function compareRows(live: Iterator<LiveRow>, rebuilt: Iterator<LiveRow>): string | null {
  let [mine, other] = [next(live), next(rebuilt)];
  while (mine !== null || other !== null) {
    const order = mine === null ? 1 : other === null ? -1 : Buffer.compare(Buffer.from(mine.key), Buffer.from(other.key));
    if (order < 0 && mine !== null) return `row ${mine.key} is served, but the log gives no such row`;
    if (order > 0 && other !== null) return `row ${other.key} is missing`;
    const difference = firstDifference(mine?.row, other?.row);
    if (difference !== null) {
      const [served, right] = [briefJson(difference.left, VALUE_CHARACTERS_MAX), briefJson(difference.right, VALUE_CHARACTERS_MAX)];
      return `row ${mine?.key} differs at ${difference.path || 'its whole'}: live ${served}, rebuilt ${right}`;
    }
    [mine, other] = [next(live), next(rebuilt)];
  }
  return null;
}

function next(rows: Iterator<LiveRow>): LiveRow | null {
  const step = rows.next();
  return step.done === true ? null : step.value;
}
