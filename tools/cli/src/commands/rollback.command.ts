import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { findRevision, revisionText, type FoundRevision } from '../addressing/find-revision.js';
import { usageError } from '../exit-codes.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { addWait, examples, instant, type WaitOptions } from '../option-values.js';
import { awaitSettled, isActive } from '../waiting/settled-deployment.js';

type Answer = { readonly rollbackModelDeployment: { readonly deployment: { readonly revision: FoundRevision | null; readonly deployingRevision: FoundRevision | null } } };
type Variables = { readonly id: string; readonly toRevisionId: string | null; readonly toTime: string | null; readonly reason: string | null };

export const ROLL_BACK = new Operation<Answer, Variables>(/* GraphQL */ `
  mutation RollBack($id: ID!, $toRevisionId: ID, $toTime: DateTime, $reason: String) {
    rollbackModelDeployment(id: $id, toRevisionId: $toRevisionId, toTime: $toTime, reason: $reason) {
      deployment { revision { id name revisionNumber } deployingRevision { id name revisionNumber } }
    }
  }
`);

type RollbackOptions = WaitOptions & { readonly toRevision?: string; readonly toTime?: string; readonly reason?: string };

export function addRollback(program: Command, invocation: Invocation): void {
  const command = program
    .command('rollback')
    .description('back to a revision, or to the whole configuration of a past time')
    .argument('<deployment>', 'name, domain/name or id')
    .option('--to-revision <revision>', 'number, name or id')
    .option('--to-time <time>', 'a time, or how long ago', instant(invocation.machine.nowMs))
    .option('--reason <text>', 'why; it is recorded');
  addWait(command, 'wait until what it goes back to serves')
    .addHelpText('after', examples('rollback tiny --to-revision 1 --wait', 'rollback tiny --to-time 30m'))
    .action(async (given: string, { toRevision, toTime, reason, wait, waitLimit }: RollbackOptions) => {
      if ((toRevision === undefined) === (toTime === undefined)) throw usageError('a rollback goes to a revision or to a time', 'give exactly one of --to-revision and --to-time');
      const graph = invocation.graph();
      const { id, name } = await findDeployment(graph, given);
      const toRevisionId = toRevision === undefined ? null : (await findRevision(graph, id, toRevision)).id;
      const { deployment } = (await graph.change(ROLL_BACK, { id, toRevisionId, toTime: toTime ?? null, reason: reason ?? null })).rollbackModelDeployment;
      const target = deployment.deployingRevision ?? deployment.revision;
      if (wait === true && target !== null) await awaitSettled(invocation, graph, id, isActive(target.id), waitLimit);
      invocation.print({
        data: { deploymentId: id, revisionId: target?.id ?? null, waited: wait === true },
        text: () => `${name} ${wait === true ? 'is back at' : 'goes back to'} ${revisionText(target)}`,
      });
    });
}
