import { accept, reject, type Decider } from '../decider.js';

/** The eight states of X2. */
export type DeploymentStatus =
  | 'INACTIVE'
  | 'ACTIVE'
  | 'HIBERNATED'
  | 'PROVISIONING'
  | 'UPDATING'
  | 'FAILED'
  | 'DESTROYING'
  | 'DESTROYED';

/** Every legal edge of X2; no other is. `null` is a deployment that has just been created. */
export const STATUS_EDGES: Readonly<Record<DeploymentStatus, readonly DeploymentStatus[]>> = {
  PROVISIONING: ['ACTIVE', 'FAILED', 'DESTROYING'],
  ACTIVE: ['UPDATING', 'HIBERNATED', 'INACTIVE', 'DESTROYING'],
  UPDATING: ['ACTIVE', 'FAILED', 'DESTROYING'],
  HIBERNATED: ['PROVISIONING', 'DESTROYING'],
  INACTIVE: ['ACTIVE', 'DESTROYING'],
  FAILED: ['UPDATING', 'PROVISIONING', 'DESTROYING'],
  DESTROYING: ['DESTROYED'],
  DESTROYED: [],
};

export type RevisionWeight = { readonly revisionId: string; readonly weightPercent: number };

/** Copies of this share of the requests go to a revision whose answers nobody sees. */
export type Mirror = { readonly revisionId: string; readonly percent: number };

/** What the orchestrator says of a deployment: its status, and how traffic is split over revisions. */
export type StatusCommand =
  | { readonly type: 'ChangeStatus'; readonly to: DeploymentStatus; readonly reason: string; readonly atMs: number }
  | { readonly type: 'ChangeRouting'; readonly weights: readonly RevisionWeight[]; readonly mirror: Mirror | null; readonly atMs: number };

export type StatusEvent =
  | {
      readonly type: 'DeploymentStatusChanged';
      readonly from: DeploymentStatus | null;
      readonly to: DeploymentStatus;
      readonly reason: string;
      readonly atMs: number;
    }
  | { readonly type: 'RoutingChanged'; readonly weights: readonly RevisionWeight[]; readonly mirror: Mirror | null; readonly atMs: number };

export type StatusRejection =
  | { readonly type: 'IllegalStatusChange'; readonly from: DeploymentStatus | null; readonly to: DeploymentStatus }
  | { readonly type: 'WeightsDoNotSum'; readonly sumPercent: number };

export type StatusState = { readonly status: DeploymentStatus | null; readonly weights: readonly RevisionWeight[]; readonly mirror: Mirror | null };

export const deploymentStatus: Decider<StatusState, StatusCommand, StatusEvent, StatusRejection> = {
  initialState: { status: null, weights: [], mirror: null },

  decide(command, state) {
    switch (command.type) {
      case 'ChangeStatus': {
        const { to, reason, atMs } = command;
        if (state.status === to) return accept();
        return isLegalStatusChange(state.status, to)
          ? accept({ type: 'DeploymentStatusChanged', from: state.status, to, reason, atMs })
          : reject({ type: 'IllegalStatusChange', from: state.status, to });
      }
      case 'ChangeRouting': {
        const { weights, mirror, atMs } = command;
        const sumPercent = weights.reduce((sum, { weightPercent }) => sum + weightPercent, 0);
        if (weights.length > 0 && sumPercent !== 100) return reject({ type: 'WeightsDoNotSum', sumPercent });
        const isSame = sameWeights(weights, state.weights) && sameMirror(mirror, state.mirror);
        return isSame ? accept() : accept({ type: 'RoutingChanged', weights, mirror, atMs });
      }
    }
  },

  evolve(state, event) {
    switch (event.type) {
      case 'DeploymentStatusChanged':
        return { ...state, status: event.to };
      case 'RoutingChanged':
        return { ...state, weights: event.weights, mirror: event.mirror };
    }
  },
};

export function isLegalStatusChange(from: DeploymentStatus | null, to: DeploymentStatus): boolean {
  return from === null ? to === 'PROVISIONING' || to === 'INACTIVE' || to === 'DESTROYING' : STATUS_EDGES[from].includes(to);
}

/** In the same order, too: it says which requests with a routing key are whose. */
export function sameWeights(a: readonly RevisionWeight[], b: readonly RevisionWeight[]): boolean {
  return a.length === b.length && a.every(({ revisionId, weightPercent }, place) => b[place]?.revisionId === revisionId && b[place].weightPercent === weightPercent);
}

export function sameMirror(a: Mirror | null, b: Mirror | null): boolean {
  return a?.revisionId === b?.revisionId && a?.percent === b?.percent;
}
