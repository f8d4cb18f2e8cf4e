import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import type { Step } from '../rollout/rollout-progress.js';
import { stepText } from '../rollout/step-text.js';
import { fieldList } from '../output/text-table.js';

type ActivationPlan = {
  readonly strategy: string;
  readonly steps: readonly Step[];
  readonly peakReplicaCount: number;
  readonly additionalReplicaCount: number;
  readonly additionalCpu: number;
  readonly additionalMemBytes: number;
  readonly warmReplicaCount: number;
};

export const ACTIVATION_PLAN = new Operation<{ activationPlan: ActivationPlan }, { deploymentId: string; revisionId: string }>(/* GraphQL */ `
  query ActivationPlan($deploymentId: ID!, $revisionId: ID!) {
    activationPlan(deploymentId: $deploymentId, revisionId: $revisionId) {
      strategy peakReplicaCount additionalReplicaCount additionalCpu additionalMemBytes warmReplicaCount
      steps { type state count weightPercent mirrorPercent remaining durationSeconds analysis { durationSeconds successThreshold } }
    }
  }
`);

const MEBIBYTE = 1024 ** 2;

/** What activating the revision would do, without doing it. */
export async function showPlan({ print }: Invocation, graph: GraphClient, deploymentId: string, revisionId: string): Promise<void> {
  const { activationPlan: plan } = await graph.ask(ACTIVATION_PLAN, { deploymentId, revisionId });
  print({ data: plan, text: () => planText(plan) });
}

function planText(plan: ActivationPlan): string {
  if (plan.steps.length === 0) return 'nothing would happen: the revision is active already';
  const { additionalReplicaCount, additionalCpu, additionalMemBytes, peakReplicaCount, warmReplicaCount } = plan;
  const capacity = fieldList([
    ['strategy', plan.strategy],
    ['at its peak', `${peakReplicaCount} replicas, ${additionalReplicaCount} more than now`],
    ['more capacity', `${additionalCpu} CPU cores, ${Math.ceil(additionalMemBytes / MEBIBYTE)} MiB`],
    ['ready already', warmReplicaCount === 0 ? null : `${warmReplicaCount} replicas of the revision`],
  ]);
  return [capacity, '', ...plan.steps.map((step, index) => `${index + 1}. ${stepText(step)}`), '', 'nothing was changed'].join('\n');
}
