import { parseEventAs, splitStream } from '@slipway/contracts';
import { fleetRows, type FleetRow, type FleetRowFact } from '@slipway/domain';
import type { Projection } from '@slipway/event-log';
import { projectionTable } from '@slipway/event-log/read-models';

export { applyToFleet, type FleetRow } from '@slipway/domain';

export const fleets: Projection<FleetRow, FleetRowFact> = {
  ...fleetRows,
  filter: { types: fleetRows.types },
  parse: parseEventAs<FleetRowFact>(),
  keys: (event, recorded) => fleetRows.keys(event, splitStream(recorded.streamId).id),
  apply: (row, event, { key }) => fleetRows.apply(row, event, key),
};

export const fleetsTable = projectionTable<FleetRow, FleetRowFact, { readonly status: string }>(fleets, {
  columns: { status: { type: 'varchar', index: true } },
  toColumns: (row) => fleetRows.columns(row),
});
