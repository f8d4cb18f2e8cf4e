import { deploymentEventTypes, parseEventAs, splitStream } from '@slipway/contracts';
import { deployment, type DeploymentEvent, type DeploymentStatus, type LivingDeployment, type StatusEvent } from '@slipway/domain';
import { projectionTable, type Projection } from '@slipway/event-log';

export type DeploymentRow = { readonly state: LivingDeployment | null; readonly status: DeploymentStatus | null };

type Fact = DeploymentEvent | Extract<StatusEvent, { type: 'DeploymentStatusChanged' }>;

/** Every deployment as its stream tells it, with the status the orchestrator last gave it (to filter by). */
export const deployments: Projection<DeploymentRow, Fact> = {
  name: 'deployments',
  version: 1,
  filter: { types: [...deploymentEventTypes, 'DeploymentStatusChanged'] },
  parse: parseEventAs<Fact>(),
  keys: (_event, recorded) => [splitStream(recorded.streamId).id],

  apply(row, event) {
    const before: DeploymentRow = row ?? { state: null, status: null };
    if (event.type === 'DeploymentStatusChanged') return { ...before, status: event.to };
    const state = deployment.evolve(before.state ?? deployment.initialState, event);
    return { ...before, state: state.phase === 'absent' ? null : state };
  },
};

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

export const deploymentsTable = projectionTable<DeploymentRow, Fact, DeploymentColumns>(deployments, {
  columns: {
    name: { type: 'varchar', index: true },
    domain: { type: 'varchar' },
    project: { type: 'varchar' },
    status: { type: 'varchar', index: true },
    openToPublic: { type: 'boolean' },
    activeRevisionId: { type: 'varchar', nullable: true },
    tags: { type: 'text' },
    createdAtMs: { type: 'integer', index: true },
    updatedAtMs: { type: 'integer', index: true },
  },
  toColumns: ({ state, status }) => ({
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
});
