import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { revisionText, type FoundRevision } from '../addressing/find-revision.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { examples, span, wholeNumber } from '../option-values.js';
import { agoText, spanText } from '../output/spans.js';
import { textTable } from '../output/text-table.js';
import { rolloutFrame } from '../rollout/rollout-view.js';
import { rolloutProgress, viewOf, watchRollout } from '../rollout/watch-rollout.js';
import { addRolloutCommands } from './rollout-intervention.command.js';

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

type PastRollout = {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly targetRevision: FoundRevision | null;
  readonly previousRevision: FoundRevision | null;
};

export const LIST_ROLLOUTS = new Operation<{ deployment: { rollouts: readonly PastRollout[] | null } | null }, { id: string; limit: number }>(/* GraphQL */ `
  query ListRollouts($id: ID!, $limit: Int!) {
    deployment(id: $id) {
      rollouts(limit: $limit) {
        id status reason startedAt endedAt
        targetRevision { id name revisionNumber }
        previousRevision { id name revisionNumber }
      }
    }
  }
`);

export function addRollout(program: Command, invocation: Invocation): void {
  const rollout = program.command('rollout').description('how a revision takes the place of another, and commands to it on its way');
  addStatus(rollout, invocation);
  addHistory(rollout, invocation);
  addRolloutCommands(rollout, invocation);
}

function addStatus(rollout: Command, invocation: Invocation): void {
  const { graph: signedIn, print } = invocation;
  rollout
    .command('status')
    .description('the newest rollout: steps, traffic, replicas and judgements')
    .argument('<deployment>', 'name, domain/name or id')
    .option('-w, --watch', 'until it has ended: drawn over on a terminal, else a line per change')
    .option('--wait-limit <time>', 'with --watch: how long at most, such as 90s or 1h (default: for ever)', span)
    .addHelpText('after', examples('rollout status tiny', 'rollout status tiny --watch', 'rollout status tiny --watch --output json'))
    .action(async (given: string, { watch, waitLimit }: { watch?: true; waitLimit?: number }) => {
      const graph = signedIn();
      const { id } = await findDeployment(graph, given);
      if (watch === true) return watchRollout(invocation, graph, id, waitLimit ?? null);
      const progress = await rolloutProgress(graph, id);
      print({ data: progress, text: () => rolloutFrame(progress, viewOf(invocation)).join('\n') });
    });
}

function addHistory(rollout: Command, { graph: signedIn, print, machine }: Invocation): void {
  rollout
    .command('history')
    .description('rollouts of a deployment, newest first')
    .argument('<deployment>', 'name, domain/name or id')
    .option('--limit <count>', 'at most so many', wholeNumber(1, LIMIT_MAX), LIMIT_DEFAULT)
    .addHelpText('after', examples('rollout history tiny'))
    .action(async (given: string, { limit }: { limit: number }) => {
      const graph = signedIn();
      const { id } = await findDeployment(graph, given);
      const found = (await graph.ask(LIST_ROLLOUTS, { id, limit })).deployment?.rollouts ?? [];
      const columns = [
        { title: 'STATUS', cell: ({ status }: PastRollout) => status },
        { title: 'FROM', cell: ({ previousRevision }: PastRollout) => revisionText(previousRevision) },
        { title: 'TO', cell: ({ targetRevision }: PastRollout) => revisionText(targetRevision) },
        { title: 'STARTED', cell: ({ startedAt }: PastRollout) => agoText(startedAt, machine.nowMs()) },
        { title: 'TOOK', cell: ({ startedAt, endedAt }: PastRollout) => (endedAt === null ? '-' : spanText(Date.parse(endedAt) - Date.parse(startedAt))) },
        { title: 'REASON', cell: ({ reason }: PastRollout) => reason ?? '' },
        { title: 'ID', cell: (past: PastRollout) => past.id },
      ];
      print({ data: found, text: () => textTable(columns, found, 'no rollouts') });
    });
}
