import type { FoundRevision } from '../addressing/find-revision.js';
import { Operation } from '../graph/operation.js';

export type Step = {
  readonly type: string;
  readonly state: string;
  readonly count: number | null;
  readonly weightPercent: number | null;
  readonly mirrorPercent: number | null;
  readonly remaining: number | null;
  readonly durationSeconds: number | null;
  readonly analysis: { readonly durationSeconds: number; readonly successThreshold: number } | null;
};
export type Intervention = { readonly action: string; readonly actor: string; readonly reason: string | null; readonly at: string };
export type Condition = { readonly condition: string; readonly verdict: string; readonly value: number | null; readonly lower: number | null; readonly upper: number | null; readonly threshold: number };
export type Judgement = {
  readonly verdict: string;
  readonly next: string;
  readonly reason: string;
  readonly canaryRequests: number;
  readonly stableRequests: number;
  readonly measuredTo: string;
  readonly conditions: readonly Condition[];
};

export type Rollout = {
  readonly id: string;
  readonly status: string;
  readonly strategy: string;
  readonly targetRevision: FoundRevision | null;
  readonly previousRevision: FoundRevision | null;
  /** The way it walks: forward, or, once it turned back, back. */
  readonly steps: readonly Step[];
  /** In `steps`. */
  readonly currentStep: number;
  readonly forwardSteps: readonly Step[];
  /** In `forwardSteps`: the one it was given up at; null: it did not turn back. */
  readonly turnedBackAtStep: number | null;
  readonly stepStartedAt: string;
  readonly promotedAt: string | null;
  readonly judgement: Judgement | null;
  readonly interventions: readonly Intervention[];
  readonly reason: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
};

export type Replica = { readonly id: string; readonly name: string; readonly status: string; readonly attempt: number; readonly updatedAt: string; readonly revision: FoundRevision };

/** A rollout amid what it moves. */
export type RolloutProgress = {
  readonly name: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly traffic: readonly { readonly weightPercent: number; readonly revision: FoundRevision | null }[] | null;
  readonly replicaManagement: { readonly readyReplicaCount: number; readonly desiredReplicaCount: number; readonly replicas: readonly Replica[] };
  readonly rollout: Rollout | null;
};

export const ROLLOUT_PROGRESS = new Operation<{ deployment: RolloutProgress | null }, { id: string }>(/* GraphQL */ `
  query RolloutProgress($id: ID!) {
    deployment(id: $id) {
      name status statusReason
      traffic { weightPercent revision { id name revisionNumber } }
      replicaManagement {
        readyReplicaCount desiredReplicaCount
        replicas { id name status attempt updatedAt revision { id name revisionNumber } }
      }
      rollout {
        id status strategy currentStep stepStartedAt promotedAt reason startedAt endedAt
        targetRevision { id name revisionNumber }
        previousRevision { id name revisionNumber }
        steps { type state count weightPercent mirrorPercent remaining durationSeconds analysis { durationSeconds successThreshold } }
        forwardSteps { type state count weightPercent mirrorPercent remaining durationSeconds analysis { durationSeconds successThreshold } }
        turnedBackAtStep
        judgement { verdict next reason canaryRequests stableRequests measuredTo conditions { condition verdict value lower upper threshold } }
        interventions { action actor reason at }
      }
    }
  }
`);

/** How a rollout ended; null while it has not. */
export function endOf({ status }: Pick<Rollout, 'status'>): 'well' | 'otherwise' | null {
  if (status === 'COMPLETED') return 'well';
  return ['ROLLED_BACK', 'FAILED', 'SUPERSEDED'].includes(status) ? 'otherwise' : null;
}
