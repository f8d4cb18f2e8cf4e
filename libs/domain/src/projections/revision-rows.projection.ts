import type { DeploymentEvent } from '../deployment/deployment-events.js';
import type { RevisionEvent } from '../revision/revision.js';
import { typesOf, type PureProjection } from './pure-projection.js';

/** `number` is null until the deployment has registered the revision; until then nobody is shown it. */
export type RevisionRow = { readonly created: RevisionEvent | null; readonly number: number | null };

export type RevisionRowFact = RevisionEvent | Extract<DeploymentEvent, { type: 'RevisionRegistered' }>;

export type RevisionColumns = {
  readonly deploymentId: string;
  readonly name: string | null;
  /** JSON text of the tags, to search in. */
  readonly tags: string;
  readonly number: number | null;
  readonly createdAtMs: number;
};

export const revisionRows: PureProjection<RevisionRow, RevisionRowFact, RevisionColumns> = {
  name: 'revisions',
  version: 1,
  types: typesOf<RevisionRowFact>({ RevisionCreated: true, RevisionRegistered: true }),
  keys: (event) => [event.revisionId],

  apply(row, event) {
    const before: RevisionRow = row ?? { created: null, number: null };
    return event.type === 'RevisionCreated' ? { ...before, created: event } : { ...before, number: event.number };
  },

  columns: ({ created, number }) => ({
    deploymentId: created?.deploymentId ?? '',
    name: created?.name ?? null,
    tags: JSON.stringify(created?.tags ?? []),
    number,
    createdAtMs: created?.atMs ?? 0,
  }),
};
