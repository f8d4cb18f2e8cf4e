import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { findRevision, revisionText } from '../addressing/find-revision.js';
import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { addWait, examples, type WaitOptions } from '../option-values.js';
import { awaitSettled, isActive, type Standing } from '../waiting/settled-deployment.js';
import { showPlan } from './activation-plan.js';

export const UPDATE_DEPLOYMENT = new Operation<{ updateModelDeployment: { deployment: { id: string } } }, { input: Record<string, unknown> }>(/* GraphQL */ `
  mutation UpdateDeployment($input: UpdateModelServingDeploymentInput!) {
    updateModelDeployment(input: $input) { deployment { id } }
  }
`);

export function addActivate(program: Command, invocation: Invocation): void {
  const command = program
    .command('activate')
    .description("begin the deployment's strategy towards a revision")
    .argument('<deployment>', 'name, domain/name or id')
    .argument('<revision>', 'number, name or id')
    .option('--reason <text>', 'why; it is recorded')
    .option('--dry-run', 'only show the steps it would take and the capacity it would need');
  addWait(command, 'wait until the revision serves, or its rollout has failed')
    .addHelpText('after', examples('activate tiny 2 --dry-run', 'activate tiny 2 --wait', 'activate tiny faster --wait --wait-limit 1h'))
    .action(async (given: string, givenRevision: string, options: WaitOptions & { readonly dryRun?: true; readonly reason?: string }) => {
      const graph = invocation.graph();
      const { id, name } = await findDeployment(graph, given);
      const revision = await findRevision(graph, id, givenRevision);
      if (options.dryRun === true) return showPlan(invocation, graph, id, revision.id);
      const standing = await activate(invocation, graph, id, revision.id, options);
      invocation.print({
        data: { deploymentId: id, revisionId: revision.id, ...(standing === null ? {} : { status: standing.status }) },
        text: () => `${revisionText(revision)} of ${name} ${standing === null ? `is on its way: slipway rollout status ${name} --watch` : 'serves'}`,
      });
    });
}

/** Null: it was not waited for. */
async function activate(invocation: Invocation, graph: GraphClient, id: string, revisionId: string, { wait, waitLimit, reason }: WaitOptions & { readonly reason?: string }): Promise<Standing | null> {
  await graph.change(UPDATE_DEPLOYMENT, { input: { id, activeRevisionId: revisionId, ...(reason !== undefined && { reason }) } });
  return wait === true ? awaitSettled(invocation, graph, id, isActive(revisionId), waitLimit) : null;
}
