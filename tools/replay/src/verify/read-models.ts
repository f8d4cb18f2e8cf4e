import { parseEvent, splitStream, type SlipwayEvent } from '@slipway/contracts';
import { accessTokenRows, deploymentRows, fleetRows, replicaRows, revisionRows, rolloutRows, type AnyPureProjection } from '@slipway/domain';
import { projectionTable, type AnyProjectionTable, type Projection } from '@slipway/event-log';

/** The read models of each service, by the file they are kept in. */
export const READ_MODELS: Readonly<Record<string, readonly AnyPureProjection[]>> = {
  'registry.sqlite': [deploymentRows, revisionRows, accessTokenRows],
  'orchestrator.sqlite': [fleetRows, replicaRows, rolloutRows],
};

/** A projection to be built in a scratch database: the rows alone, for nobody searches there. */
export function scratchTable(pure: AnyPureProjection): AnyProjectionTable {
  const projection: Projection<unknown, SlipwayEvent> = {
    name: pure.name,
    version: pure.version,
    filter: { types: pure.types },
    parse: (recorded) => {
      const event = parseEvent(recorded);
      if (event === null) throw new Error(`${recorded.type} is a process's private record`);
      return event;
    },
    keys: (event, recorded) => pure.keys(event, splitStream(recorded.streamId).id),
    apply: (row, event, { key }) => pure.apply(row, event, key),
  };
  return projectionTable(projection, { columns: {}, toColumns: () => ({}) });
}
