import { parseEventAs, splitStream, type SlipwayEvent } from '@slipway/contracts';
import { accessTokenRows, deploymentRows, fleetRows, replicaRows, revisionRows, rolloutRows, type PureProjection } from '@slipway/domain';
import { projectionTable, type AnyProjectionTable, type ProjectionColumns } from '@slipway/event-log/read-models';

/** The tables of registry and orchestrator, as these make them. */
export function serviceTables(): readonly AnyProjectionTable[] {
  return [
    tableOf(deploymentRows, {
      name: INDEXED_TEXT,
      domain: TEXT,
      project: TEXT,
      status: INDEXED_TEXT,
      openToPublic: BOOLEAN,
      activeRevisionId: { type: 'varchar', nullable: true },
      tags: { type: 'text' },
      createdAtMs: INDEXED_INTEGER,
      updatedAtMs: INDEXED_INTEGER,
    }),
    tableOf(revisionRows, {
      deploymentId: INDEXED_TEXT,
      name: { type: 'varchar', nullable: true },
      tags: { type: 'text' },
      number: { type: 'integer', nullable: true },
      createdAtMs: INDEXED_INTEGER,
    }),
    tableOf(accessTokenRows, { deploymentId: INDEXED_TEXT, createdAtMs: INTEGER }),
    tableOf(fleetRows, { status: INDEXED_TEXT }),
    tableOf(replicaRows, { deploymentId: INDEXED_TEXT, revisionId: INDEXED_TEXT, isOver: BOOLEAN, isFailed: BOOLEAN, ordinal: INTEGER, updatedAtMs: INTEGER }),
    tableOf(rolloutRows, { deploymentId: INDEXED_TEXT, startedAtMs: INTEGER, isWalking: { type: 'boolean', index: true } }),
  ];
}

const TEXT = { type: 'varchar' } as const;
const INDEXED_TEXT = { type: 'varchar', index: true } as const;
const INTEGER = { type: 'integer' } as const;
const INDEXED_INTEGER = { type: 'integer', index: true } as const;
const BOOLEAN = { type: 'boolean' } as const;

function tableOf<Row, Event extends SlipwayEvent, Columns extends Readonly<Record<string, string | number | boolean | null>>>(
  rows: PureProjection<Row, Event, Columns>,
  columns: ProjectionColumns<Columns>,
): AnyProjectionTable {
  const { name, version, types } = rows;
  const table = projectionTable<Row, Event, Columns>(
    {
      name,
      version,
      filter: { types },
      parse: parseEventAs<Event>(),
      keys: (event, { streamId }) => rows.keys(event, splitStream(streamId).id),
      apply: (row, event, { key }) => rows.apply(row, event, key),
    },
    { columns, toColumns: (row) => rows.columns(row) },
  );
  return table as unknown as AnyProjectionTable;
}
