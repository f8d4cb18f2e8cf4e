import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { CliError, EXIT_CODES } from '../exit-codes.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { examples, wholeNumber } from '../option-values.js';
import { agoText } from '../output/spans.js';
import { textTable } from '../output/text-table.js';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

type ListedRevision = {
  readonly id: string;
  readonly name: string | null;
  readonly revisionNumber: number;
  readonly status: string;
  readonly tags: readonly string[];
  readonly contentHash: string;
  readonly createdAt: string;
  readonly createdUser: { readonly email: string };
  readonly modelRuntimeConfig: { readonly runtimeVariant: string };
  readonly modelVFolderConfig: { readonly vfolder: { readonly name: string } };
  readonly warnings: readonly { readonly code: string }[];
};
type Answer = { readonly deployment: { readonly deployingRevision: { readonly id: string } | null; readonly revisions: readonly ListedRevision[] } | null };

export const LIST_REVISIONS = new Operation<Answer, { id: string; first: number; after: string | null }>(/* GraphQL */ `
  query ListRevisions($id: ID!, $first: Int!, $after: String) {
    deployment(id: $id) {
      deployingRevision { id }
      revisions(first: $first, after: $after) {
        id name revisionNumber status tags contentHash createdAt createdUser { email }
        modelRuntimeConfig { runtimeVariant }
        modelVFolderConfig { vfolder { name } }
        warnings { code field message }
      }
    }
  }
`);

export function addRevisions(program: Command, { graph: signedIn, print, machine }: Invocation): void {
  program
    .command('revisions')
    .description('the revisions of a deployment, newest first')
    .argument('<deployment>', 'name, domain/name or id')
    .option('--limit <count>', 'at most so many', wholeNumber(1, LIMIT_MAX), LIMIT_DEFAULT)
    .option('--after <id>', 'only those before this revision')
    .addHelpText('after', examples('revisions tiny', 'revisions tiny --limit 5 --output json'))
    .action(async (given: string, { limit, after }: { limit: number; after?: string }) => {
      const graph = signedIn();
      const { id } = await findDeployment(graph, given);
      const { deployment } = await graph.ask(LIST_REVISIONS, { id, first: limit, after: after ?? null });
      if (deployment === null) throw new CliError(EXIT_CODES.refused, 'NOT_FOUND', `there is no deployment "${given}"`);
      const onItsWay = deployment.deployingRevision?.id;
      const columns = [
        { title: 'NUMBER', cell: ({ revisionNumber }: ListedRevision) => `r${revisionNumber}` },
        { title: 'NAME', cell: ({ name }: ListedRevision) => name ?? '-' },
        { title: 'STATUS', cell: (revision: ListedRevision) => (revision.id === onItsWay ? 'DEPLOYING' : revision.status) },
        { title: 'VARIANT', cell: ({ modelRuntimeConfig }: ListedRevision) => modelRuntimeConfig.runtimeVariant },
        { title: 'MODEL', cell: ({ modelVFolderConfig }: ListedRevision) => modelVFolderConfig.vfolder.name },
        { title: 'WARNINGS', cell: ({ warnings }: ListedRevision) => warnings.map(({ code }) => code).join(',') || '-' },
        { title: 'PUBLISHED', cell: ({ createdAt, createdUser }: ListedRevision) => `${agoText(createdAt, machine.nowMs())} by ${createdUser.email}` },
        { title: 'ID', cell: (revision: ListedRevision) => revision.id },
      ];
      print({ data: deployment.revisions, text: () => textTable(columns, deployment.revisions, 'no revisions') });
    });
}
