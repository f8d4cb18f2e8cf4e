import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import type { Invocation } from '../invocation.js';
import { addWait, examples, wholeNumber, type WaitOptions } from '../option-values.js';
import { awaitSettled, hasReplicas } from '../waiting/settled-deployment.js';
import { UPDATE_DEPLOYMENT } from './activate.command.js';

const REPLICAS_MAX = 10_000;

export function addScale(program: Command, invocation: Invocation): void {
  const command = program
    .command('scale')
    .description('say how many replicas shall serve')
    .argument('<deployment>', 'name, domain/name or id')
    .argument('<replicas>', 'how many; 0 stops it without deleting it', wholeNumber(0, REPLICAS_MAX));
  addWait(command, 'wait until so many serve, and no others')
    .addHelpText('after', examples('scale tiny 3', 'scale tiny 3 --wait'))
    .action(async (given: string, replicas: number, options: WaitOptions) => {
      const graph = invocation.graph();
      const { id, name } = await findDeployment(graph, given);
      await graph.change(UPDATE_DEPLOYMENT, { input: { id, desiredReplicaCount: replicas } });
      if (options.wait === true) await awaitSettled(invocation, graph, id, hasReplicas(replicas), options.waitLimit);
      invocation.print({ data: { deploymentId: id, desiredReplicaCount: replicas, waited: options.wait === true }, text: () => `${name} ${options.wait === true ? 'has' : 'is to have'} ${replicas} replicas` });
    });
}
