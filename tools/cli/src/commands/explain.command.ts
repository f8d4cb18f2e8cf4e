import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { usageError } from '../exit-codes.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { examples, instant } from '../option-values.js';
import { oneLine } from '../output/text-table.js';
import { entityGiven } from './events.command.js';

type Link = { readonly position: number; readonly at: string; readonly actor: string | null; readonly eventType: string; readonly what: string; readonly because: string };
type Explanation = {
  readonly entity: { readonly kind: string; readonly id: string };
  readonly at: string;
  readonly state: string;
  readonly complete: boolean;
  readonly origin: { readonly actor: string | null; readonly correlationId: string | null; readonly at: string } | null;
  readonly links: readonly Link[];
};

export const EXPLAIN = new Operation<{ explain: Explanation }, { entity: { kind: string; id: string }; at: string | null }>(/* GraphQL */ `
  query Explain($entity: EntityInput!, $at: DateTime) {
    explain(entity: $entity, at: $at) {
      entity { kind id } at state complete
      origin { actor correlationId at }
      links { position at actor eventType what because }
    }
  }
`);

export function addExplain(program: Command, { graph: signedIn, print, machine, terminal }: Invocation): void {
  program
    .command('explain')
    .description('why something is, or was, as it is: the chain of causes from whoever asked to what came of it')
    .argument('<deployment|kind:id>', 'a deployment, or such as replica:<id>, rollout:<id>, revision:<id>, token:<id>')
    .option('--at <time>', 'as it was at this time, or so long ago', instant(machine.nowMs))
    .addHelpText('after', examples('explain tiny', 'explain replica:4f0c… --at 10m'))
    .action(async (given: string, { at }: { at?: string }) => {
      const graph = signedIn();
      const { kind, id } = given.includes(':') ? entityGiven(given) : { kind: 'DEPLOYMENT', id: (await findDeployment(graph, given)).id };
      if (id === undefined) throw usageError(`"${given}" does not say which`, 'give its id after the colon');
      const { explain } = await graph.ask(EXPLAIN, { entity: { kind, id }, at: at ?? null });
      const { bold, dim } = terminal.colours;
      const links = explain.links.flatMap(({ at: happenedAt, what, because }) => [`${dim(happenedAt)}  ${oneLine(what)}`, `${' '.repeat(26)}${dim(`because ${oneLine(because)}`)}`]);
      const beginning = explain.complete ? [] : [dim('… it goes back further than is shown')];
      print({ data: explain, text: () => [`${bold(explain.entity.kind.toLowerCase())} ${explain.entity.id}: ${oneLine(explain.state)}`, '', ...beginning, ...links].join('\n') });
    });
}
