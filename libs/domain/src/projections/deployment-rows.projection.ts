import { deployment, type LivingDeployment } from '../deployment/deployment.js';
import type { DeploymentEvent } from '../deployment/deployment-events.js';
import type { DeploymentStatus, StatusEvent } from '../status/deployment-status.js';
import { typesOf, type PureProjection } from './pure-projection.js';

export type DeploymentRow = { readonly state: LivingDeployment | null; readonly status: DeploymentStatus | null };

export type DeploymentRowFact = DeploymentEvent | Extract<StatusEvent, { type: 'DeploymentStatusChanged' }>;

export type DeploymentColumns = {
  readonly name: string;
  readonly domain: string;
  readonly project: string;
  readonly status: string;
  readonly openToPublic: boolean;
  readonly activeRevisionId: string | null;
  /** JSON text of the tags, to search in. */
  readonly tags: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

/** Every deployment as its stream tells it, with the status the orchestrator last gave it (to filter by). */
export const deploymentRows: PureProjection<DeploymentRow, DeploymentRowFact, DeploymentColumns> = {
  name: 'deployments',
  version: 2,
  types: typesOf<DeploymentRowFact>({
    DeploymentCreated: true,
    RevisionRegistered: true,
    DeploymentRenamed: true,
    DeploymentVisibilityChanged: true,
    PreferredDomainNameChanged: true,
    DeploymentTagsChanged: true,
    DeploymentStrategyChanged: true,
    DeploymentStickinessChanged: true,
    ReplicasDesired: true,
    RevisionActivationRequested: true,
    RevisionActivated: true,
    RevisionActivationFailed: true,
    RollbackVerified: true,
    DeploymentDeletionRequested: true,
    DeploymentDeleted: true,
    DeploymentStatusChanged: true,
  }),
  keys: (_event, streamKey) => [streamKey],

  apply(row, event) {
    const before: DeploymentRow = row ?? { state: null, status: null };
    if (event.type === 'DeploymentStatusChanged') return { ...before, status: event.to };
    const state = deployment.evolve(before.state ?? deployment.initialState, event);
    return { ...before, state: state.phase === 'absent' ? null : state };
  },

  columns: ({ state, status }) => ({
    name: state?.name ?? '',
    domain: state?.domain ?? '',
    project: state?.project ?? '',
    status: status ?? 'PROVISIONING',
    openToPublic: state?.openToPublic ?? false,
    activeRevisionId: state?.activeRevisionId ?? null,
    tags: JSON.stringify(state?.tags ?? []),
    createdAtMs: state?.createdAtMs ?? 0,
    updatedAtMs: state?.updatedAtMs ?? 0,
  }),
};
