import { revisionText, type FoundRevision } from '../addressing/find-revision.js';
import { CliError, EXIT_CODES } from '../exit-codes.js';
import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { followChanges } from './follow-changes.js';

export type Standing = {
  readonly status: string;
  readonly statusReason: string | null;
  readonly revision: FoundRevision | null;
  readonly deployingRevision: FoundRevision | null;
  readonly replicaManagement: { readonly readyReplicaCount: number; readonly desiredReplicaCount: number; readonly replicas: readonly { readonly id: string }[] };
  readonly rollout: {
    readonly status: string;
    readonly reason: string | null;
    readonly currentStep: number;
    readonly steps: readonly { readonly type: string }[];
    readonly targetRevision: { readonly id: string } | null;
  } | null;
};

export const DEPLOYMENT_STANDING = new Operation<{ deployment: Standing | null }, { id: string }>(/* GraphQL */ `
  query DeploymentStanding($id: ID!) {
    deployment(id: $id) {
      status statusReason
      revision { id name revisionNumber }
      deployingRevision { id name revisionNumber }
      replicaManagement { readyReplicaCount desiredReplicaCount replicas { id } }
      rollout { status reason currentStep steps { type } targetRevision { id } }
    }
  }
`);

/** What is waited for; null while it is open, `true` when it has come, else why it will not come. */
export type Settlement = (standing: Standing | null) => true | string | null;

/** The revision serves as the active one; whatever else ends its rollout is a failure. */
export const isActive =
  (revisionId: string): Settlement =>
  (standing) => {
    if (standing === null) return 'the deployment is gone';
    const { revision, deployingRevision, rollout } = standing;
    if (standing.status.startsWith('DESTROY')) return 'the deployment is being deleted';
    if (deployingRevision?.id === revisionId) return null;
    if (deployingRevision !== null) return `it was overtaken by ${revisionText(deployingRevision)}`;
    if (revision?.id === revisionId) return true;
    const reason = rollout?.targetRevision?.id === revisionId ? rollout.reason : standing.statusReason;
    return reason ?? `its rollout ended with status ${rollout?.status ?? standing.status}`;
  };

/** Exactly as many replicas exist as are wanted, and all of them serve. */
export const hasReplicas =
  (count: number): Settlement =>
  (standing) => {
    if (standing === null) return 'the deployment is gone';
    const { desiredReplicaCount, readyReplicaCount, replicas } = standing.replicaManagement;
    if (desiredReplicaCount !== count) return `it was scaled to ${desiredReplicaCount} meanwhile`;
    if (standing.status === 'FAILED') return standing.statusReason ?? 'it has failed';
    return readyReplicaCount === count && replicas.length === count ? true : null;
  };

export const isDestroyed: Settlement = (standing) => (standing === null || standing.status === 'DESTROYED' ? true : null);

/**
 * Waits, telling each change on the side, until it has settled.
 * @throws CliError ENDED_OTHERWISE or TIMED_OUT.
 */
export async function awaitSettled(invocation: Invocation, graph: GraphClient, deploymentId: string, settlement: Settlement, limitMs: number): Promise<Standing | null> {
  const { terminal, machine } = invocation;
  let told = '';
  const ask = async (): Promise<Standing | null> => (await graph.ask(DEPLOYMENT_STANDING, { id: deploymentId })).deployment;
  for await (const standing of followChanges({ graph, deploymentId, machine, ask, limitMs })) {
    const line = standingText(standing);
    if (line !== told) terminal.note((told = line));
    const settled = settlement(standing);
    if (settled === true) return standing;
    if (settled !== null) throw new CliError(EXIT_CODES.endedOtherwise, 'ENDED_OTHERWISE', settled, 'see what happened: "slipway rollout status <deployment>" and "slipway get <deployment>"');
  }
  throw new CliError(EXIT_CODES.timedOut, 'TIMED_OUT', `it has not come about within ${limitMs / 1000} s (${told})`, 'it goes on without the waiting; look again, or give a longer --wait-limit');
}

function standingText(standing: Standing | null): string {
  if (standing === null) return 'gone';
  const { readyReplicaCount, desiredReplicaCount } = standing.replicaManagement;
  const { rollout, deployingRevision } = standing;
  const step = rollout?.steps[rollout.currentStep];
  const way = rollout?.status === 'ROLLING_BACK' ? ' of the way back' : '';
  const progress = rollout === null || step === undefined || deployingRevision === null ? '' : `, step ${rollout.currentStep + 1} of ${rollout.steps.length}${way}: ${step.type}`;
  return `${standing.status}  ${readyReplicaCount}/${desiredReplicaCount} replicas ready${deployingRevision === null ? '' : `, ${revisionText(deployingRevision)} on its way`}${progress}`;
}
