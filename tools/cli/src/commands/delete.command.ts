import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { usageError } from '../exit-codes.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { addWait, examples, type WaitOptions } from '../option-values.js';
import { awaitSettled, isDestroyed } from '../waiting/settled-deployment.js';

export const DELETE_DEPLOYMENT = new Operation<{ deleteModelServingDeployment: string }, { id: string }>(/* GraphQL */ `
  mutation DeleteDeployment($id: ID!) { deleteModelServingDeployment(id: $id) }
`);

export function addDelete(program: Command, invocation: Invocation): void {
  const command = program
    .command('delete')
    .description('drain a deployment and take it away; its history stays')
    .argument('<deployment>', 'name, domain/name or id')
    .option('-y, --yes', 'do not ask');
  addWait(command, 'wait until nothing of it runs any more')
    .addHelpText('after', examples('delete tiny', 'delete tiny --yes --wait'))
    .action(async (given: string, options: WaitOptions & { readonly yes?: true }) => {
      const graph = invocation.graph();
      const { id, name, domain } = await findDeployment(graph, given);
      if (options.yes !== true) await confirm(invocation, `${domain.name}/${name}`);
      await graph.change(DELETE_DEPLOYMENT, { id });
      if (options.wait === true) await awaitSettled(invocation, graph, id, isDestroyed, options.waitLimit);
      invocation.print({ data: { deletedId: id, waited: options.wait === true }, text: () => `${name} ${options.wait === true ? 'is deleted' : 'is being deleted'}` });
    });
}

/** Scripts say it beforehand. */
async function confirm({ terminal }: Invocation, name: string): Promise<void> {
  if (!terminal.isAnswerable) throw usageError(`deleting ${name} takes --yes where nobody can be asked`);
  const said = await terminal.ask(`Delete ${name} and everything that runs for it? [y/N] `);
  if (!/^y(es)?$/i.test((said ?? '').trim())) throw usageError(`${name} was not deleted`);
}
