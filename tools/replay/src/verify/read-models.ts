import { parseEvent, splitStream, toRecordedFact } from '@slipway/contracts';
import { accessTokenRows, deploymentRows, fleetRows, replicaRows, revisionRows, rolloutRows, timelineRows, type AnyPureProjection } from '@slipway/domain';
import type { Projection } from '@slipway/event-log';
import { projectionTable, type AnyProjectionTable } from '@slipway/event-log/read-models';

/** What one service keeps: in an SQLite file of its own, or in a schema of its own on PostgreSQL. */
export type ReadModel = { readonly file: string; readonly schema: string; readonly projections: readonly AnyPureProjection[] };

export const READ_MODELS: readonly ReadModel[] = [
  { file: 'registry.sqlite', schema: 'slipway_registry', projections: [deploymentRows, revisionRows, accessTokenRows] },
  { file: 'orchestrator.sqlite', schema: 'slipway_orchestrator', projections: [fleetRows, replicaRows, rolloutRows, timelineRows] },
];

/** A projection to be built in a scratch database: the rows alone, for nobody searches there. */
export function scratchTable(pure: AnyPureProjection): AnyProjectionTable {
  const projection: Projection<unknown, { readonly type: string }> = {
    name: pure.name,
    version: pure.version,
    filter: { types: pure.types },
    parse: (recorded) => {
      const event = parseEvent(recorded);
      if (event === null) throw new Error(`${recorded.type} is a process's private record`);
      return pure.takes === 'recorded facts' ? toRecordedFact(recorded, event) : event;
    },
    keys: (event, recorded) => pure.keys(event, splitStream(recorded.streamId).id),
    apply: (row, event, { key }) => pure.apply(row, event, key),
  };
  return projectionTable(projection, { columns: {}, toColumns: () => ({}) });
}
