import { matchesFilter } from './event-filter.js';
import type { RecordedEvent } from './event-log.js';
import type { AnyProjection } from './projection.js';
import type { ProjectionChange, ProjectionSlot, ProjectionStore } from './projection-store.js';

/** `failed`: the projection could not take the event at this position; the change holds everything before it. */
export type ProjectedBatch = {
  readonly change: ProjectionChange;
  readonly failed: { readonly position: number; readonly error: unknown } | null;
};

/**
 * What the events, in order, do to the rows of one copy of a projection that stands at `from`. `through` is how far the
 * log was looked at to find them. Nothing is written.
 */
export async function projectBatch(
  store: ProjectionStore,
  projection: AnyProjection,
  slot: ProjectionSlot,
  from: number,
  events: readonly RecordedEvent[],
  through: number,
): Promise<ProjectedBatch> {
  const steps: Step[] = [];
  let failed: ProjectedBatch['failed'] = null;
  for (const recorded of events) {
    if (recorded.position <= from || !matchesFilter(projection.filter, recorded)) continue;
    try {
      const event = projection.parse(recorded);
      steps.push({ recorded, event, keys: projection.keys?.(event, recorded) ?? [recorded.streamId] });
    } catch (error) {
      failed = { position: recorded.position, error };
      break;
    }
  }
  const rows = new Map<string, unknown>(await store.rows(projection, slot, [...new Set(steps.flatMap(({ keys }) => keys))]));
  const touched = new Set<string>();
  for (const step of steps)
    try {
      applyStep(projection, step, rows, touched);
    } catch (error) {
      failed = { position: step.recorded.position, error };
      break;
    }
  const puts = new Map([...touched].filter((key) => rows.has(key)).map((key) => [key, rows.get(key)]));
  const deletes = [...touched].filter((key) => !rows.has(key));
  const checkpoint = failed === null ? Math.max(from, through) : failed.position - 1;
  return { change: { projection, slot, puts, deletes, from, checkpoint }, failed };
}

type Step = { readonly recorded: RecordedEvent; readonly event: unknown; readonly keys: readonly string[] };

/** All rows of one event change or none. */
function applyStep(projection: AnyProjection, { recorded, event, keys }: Step, rows: Map<string, unknown>, touched: Set<string>): void {
  const { streamId, revision, position, recordedAtMs } = recorded;
  const after = keys.map((key): [string, unknown] => [
    key,
    projection.apply(rows.get(key) ?? null, event, { key, streamId, revision, position, recordedAtMs }),
  ]);
  for (const [key, row] of after) {
    touched.add(key);
    if (row === null) rows.delete(key);
    else rows.set(key, row);
  }
}
