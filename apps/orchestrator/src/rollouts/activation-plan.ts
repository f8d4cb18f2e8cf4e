import { SlipwayError } from '@slipway/contracts';
import { compilePlan, registeredRevision, type DeploymentStrategy, type RolloutStep } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';
import type { OrchestratorReads } from '../read-models/orchestrator-reads.js';
import type { ReplicaRow } from '../read-models/replicas.projection.js';
import { deploymentSpec, findRevision } from '../replicas/revision-facts.js';

export type ActivationPlan = {
  readonly strategy: DeploymentStrategy['type'];
  readonly steps: readonly RolloutStep[];
  readonly peakReplicaCount: number;
  readonly additionalReplicaCount: number;
  readonly additionalCpu: number;
  readonly additionalMemBytes: number;
  readonly warmReplicaCount: number;
};

/**
 * What an activation would do, from the replicas as they stand now.
 * @throws SlipwayError DEPLOYMENT_NOT_FOUND, DEPLOYMENT_GONE, REVISION_NOT_FOUND
 */
export async function activationPlan(log: EventLogReader, reads: OrchestratorReads, deploymentId: string, revisionId: string, isRollback: boolean): Promise<ActivationPlan> {
  const deployment = await deploymentSpec(log, deploymentId);
  if (deployment === null) throw new SlipwayError('DEPLOYMENT_NOT_FOUND', { deploymentId });
  if (deployment.phase !== 'living') throw new SlipwayError('DEPLOYMENT_GONE', { deploymentId });
  const revision = registeredRevision(deployment, revisionId) === null ? null : await findRevision(log, revisionId);
  if (revision === null) throw new SlipwayError('REVISION_NOT_FOUND', { revisionId, ofDeployment: ` of deployment ${deploymentId}` });
  const { strategy, activeRevisionId, desiredReplicaCount: desired } = deployment;
  const rows = await reads.replicas(deploymentId);
  const staying = rows.filter(({ state }) => state.phase !== 'draining' && state.phase !== 'drained');
  const own = staying.filter(({ state }) => state.revisionId === revisionId);
  const warmReplicaCount = readyOf(own);
  if (activeRevisionId === revisionId)
    return { strategy: strategy.type, steps: [], peakReplicaCount: rows.length, additionalReplicaCount: 0, additionalCpu: 0, additionalMemBytes: 0, warmReplicaCount };
  const previous = staying.filter(({ state }) => state.revisionId === activeRevisionId);
  const fleet = (await reads.fleetsById([deploymentId])).get(deploymentId);
  const { plan, surge } = compilePlan(strategy, {
    desired,
    target: own.length,
    rest: staying.length - own.length,
    weightPercent: fleet?.weights.find((weight) => weight.revisionId === revisionId)?.weightPercent ?? 0,
    targetReady: warmReplicaCount,
    previousReady: readyOf(previous),
    others: staying.length - own.length - previous.length,
    isRollback,
  });
  const peakReplicaCount = Math.max(rows.length, peakOf(plan, own.length, staying.length - own.length, desired + surge));
  const additionalReplicaCount = peakReplicaCount - rows.length;
  const { slots } = revision.spec.resourceConfig;
  return {
    strategy: strategy.type,
    steps: plan,
    peakReplicaCount,
    additionalReplicaCount,
    additionalCpu: additionalReplicaCount * slots.cpu,
    additionalMemBytes: additionalReplicaCount * slots.mem.bytes,
    warmReplicaCount,
  };
}

const readyOf = (rows: readonly ReplicaRow[]): number => rows.filter(({ state }) => state.phase === 'ready').length;

/** Replicas that stand at once, over all steps; never more than the plan may have. */
function peakOf(plan: readonly RolloutStep[], target: number, rest: number, max: number): number {
  let [own, others, peak] = [target, rest, target + rest];
  for (const step of plan) {
    if (step.type === 'launch') own = Math.max(own, step.count);
    if (step.type === 'drain') others = Math.min(others, step.remaining);
    peak = Math.max(peak, own + others);
  }
  return Math.min(peak, Math.max(max, target + rest));
}
