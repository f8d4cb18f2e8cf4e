import { parseEventAs } from '@slipway/contracts';
import type { DeploymentEvent, RevisionEvent } from '@slipway/domain';
import { projectionTable, type Projection } from '@slipway/event-log';

/** `number` is null until the deployment has registered the revision; until then nobody is shown it. */
export type RevisionRow = { readonly created: RevisionEvent | null; readonly number: number | null };

type Fact = RevisionEvent | Extract<DeploymentEvent, { type: 'RevisionRegistered' }>;

export const revisions: Projection<RevisionRow, Fact> = {
  name: 'revisions',
  version: 1,
  filter: { types: ['RevisionCreated', 'RevisionRegistered'] },
  parse: parseEventAs<Fact>(),
  keys: (event) => [event.revisionId],

  apply(row, event) {
    const before: RevisionRow = row ?? { created: null, number: null };
    return event.type === 'RevisionCreated' ? { ...before, created: event } : { ...before, number: event.number };
  },
};

export type RevisionColumns = {
  readonly deploymentId: string;
  readonly name: string | null;
  readonly tags: string;
  readonly number: number | null;
  readonly createdAtMs: number;
};

export const revisionsTable = projectionTable<RevisionRow, Fact, RevisionColumns>(revisions, {
  columns: {
    deploymentId: { type: 'varchar', index: true },
    name: { type: 'varchar', nullable: true },
    tags: { type: 'text' },
    number: { type: 'integer', nullable: true },
    createdAtMs: { type: 'integer', index: true },
  },
  toColumns: ({ created, number }) => ({
    deploymentId: created?.deploymentId ?? '',
    name: created?.name ?? null,
    tags: JSON.stringify(created?.tags ?? []),
    number,
    createdAtMs: created?.atMs ?? 0,
  }),
});
