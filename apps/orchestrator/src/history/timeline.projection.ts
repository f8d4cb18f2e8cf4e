import { parseEventAs, toRecordedFact } from '@slipway/contracts';
import { timelineRows, type DeploymentFact, type RecordedDeploymentFact, type TimelineColumns, type TimelineRow } from '@slipway/domain';
import type { Projection, RecordedEvent } from '@slipway/event-log';
import { projectionTable } from '@slipway/event-log/read-models';

const parse = parseEventAs<DeploymentFact>();

export const toDeploymentFact = (recorded: RecordedEvent): RecordedDeploymentFact => toRecordedFact(recorded, parse(recorded));

export const timeline: Projection<TimelineRow, RecordedDeploymentFact> = {
  name: timelineRows.name,
  version: timelineRows.version,
  filter: { types: timelineRows.types },
  parse: toDeploymentFact,
  keys: (fact) => timelineRows.keys(fact, fact.streamKey),
  apply: (row, fact, { key }) => timelineRows.apply(row, fact, key),
};

export const timelineTable = projectionTable<TimelineRow, RecordedDeploymentFact, TimelineColumns>(timeline, {
  columns: {
    eventId: { type: 'varchar', index: true },
    type: { type: 'varchar' },
    entityKind: { type: 'varchar' },
    entityId: { type: 'varchar', index: true },
    recordedAtMs: { type: 'integer' },
    actor: { type: 'varchar', nullable: true },
    position: { type: 'integer' },
  },
  toColumns: (row) => timelineRows.columns(row),
});
