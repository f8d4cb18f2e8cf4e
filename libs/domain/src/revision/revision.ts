import { accept, reject, type Decider } from '../decider.js';
import type { RevisionSpec, RevisionWarning } from './revision-spec.js';

/** One immutable version of what a deployment may run. One stream per revision. */
export type RevisionCommand = {
  readonly type: 'CreateRevision';
  readonly revisionId: string;
  readonly deploymentId: string;
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly spec: RevisionSpec;
  /** Lower-case hex SHA-256 of the canonical JSON of `spec`. */
  readonly contentHash: string;
  readonly warnings: readonly RevisionWarning[];
  readonly createdBy: string;
  readonly atMs: number;
};

export type RevisionEvent = {
  readonly type: 'RevisionCreated';
  readonly revisionId: string;
  readonly deploymentId: string;
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly spec: RevisionSpec;
  readonly contentHash: string;
  readonly warnings: readonly RevisionWarning[];
  readonly createdBy: string;
  readonly atMs: number;
};

export type RevisionRejection = { readonly type: 'RevisionImmutable'; readonly revisionId: string };

export type RevisionState = { readonly phase: 'absent' } | { readonly phase: 'created'; readonly created: RevisionEvent };

export const revision: Decider<RevisionState, RevisionCommand, RevisionEvent, RevisionRejection> = {
  initialState: { phase: 'absent' },

  decide(command, state) {
    if (state.phase === 'absent') return accept({ ...command, type: 'RevisionCreated' });
    return state.created.contentHash === command.contentHash
      ? accept()
      : reject({ type: 'RevisionImmutable', revisionId: command.revisionId });
  },

  evolve(_state, event) {
    return { phase: 'created', created: event };
  },
};
