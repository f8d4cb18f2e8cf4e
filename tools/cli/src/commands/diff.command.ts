import type { Command } from 'commander';
import { findRevisionAnywhere, revisionText, type FoundRevision } from '../addressing/find-revision.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { examples } from '../option-values.js';
import { oneLine } from '../output/text-table.js';
import type { Colours } from '../terminal.js';

type Change = { readonly path: string; readonly kind: 'ADDED' | 'REMOVED' | 'CHANGED'; readonly before: string | null; readonly after: string | null };
type Difference = { readonly identical: boolean; readonly changes: readonly Change[]; readonly a: FoundRevision; readonly b: FoundRevision };

export const REVISION_DIFF = new Operation<{ revisionDiff: Difference }, { a: string; b: string }>(/* GraphQL */ `
  query RevisionDiff($a: ID!, $b: ID!) {
    revisionDiff(a: $a, b: $b) {
      identical
      a { id name revisionNumber }
      b { id name revisionNumber }
      changes { path kind before after }
    }
  }
`);

export function addDiff(program: Command, { graph: signedIn, print, terminal }: Invocation): void {
  program
    .command('diff')
    .description('what distinguishes two revisions, in everything that decides what runs')
    .argument('<a>', '<deployment>@<revision>, or the id of a revision')
    .argument('<b>', 'the same, or a revision of the same deployment')
    .addHelpText('after', examples('diff tiny@1 2', 'diff tiny@1 other@4 --output json'))
    .action(async (givenA: string, givenB: string) => {
      const graph = signedIn();
      const a = await findRevisionAnywhere(graph, givenA, null);
      const b = await findRevisionAnywhere(graph, givenB, a.deploymentId);
      const { revisionDiff: found } = await graph.ask(REVISION_DIFF, { a: a.revisionId, b: b.revisionId });
      const heading = terminal.colours.bold(`${revisionText(found.a)} -> ${revisionText(found.b)}`);
      print({ data: { ...found, changes: found.changes.map(withValues) }, text: () => (found.identical ? `${heading}: the same runs` : [heading, ...found.changes.flatMap((change) => changeLines(change, terminal.colours))].join('\n')) });
    });
}

/** Values come as JSON in text; programs get what it says. */
const withValues = (change: Change) => ({ ...change, before: valueIn(change.before), after: valueIn(change.after) });
const valueIn = (text: string | null): unknown => (text === null ? null : (JSON.parse(text) as unknown));

function changeLines({ path, kind, before, after }: Change, { red, green }: Colours): string[] {
  const minus = red(`- ${path}: ${oneLine(before ?? '')}`);
  const plus = green(`+ ${path}: ${oneLine(after ?? '')}`);
  switch (kind) {
    case 'ADDED':
      return [plus];
    case 'REMOVED':
      return [minus];
    case 'CHANGED':
      return [minus, plus];
  }
}
