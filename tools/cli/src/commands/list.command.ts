import type { Command } from 'commander';
import { revisionText, type FoundRevision } from '../addressing/find-revision.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { examples, oneOf, wholeNumber } from '../option-values.js';
import { agoText } from '../output/spans.js';
import { textTable } from '../output/text-table.js';

export const STATUSES = ['INACTIVE', 'ACTIVE', 'HIBERNATED', 'PROVISIONING', 'UPDATING', 'FAILED', 'DESTROYING', 'DESTROYED'] as const;
const ORDERS = ['CREATED_AT', 'UPDATED_AT', 'NAME'] as const;
const LIMIT_DEFAULT = 50;
/** More would be over the gateway's limit on one question. */
const LIMIT_MAX = 200;

type ListedDeployment = {
  readonly id: string;
  readonly name: string;
  readonly domain: { readonly name: string };
  readonly status: string;
  readonly revision: FoundRevision | null;
  readonly deployingRevision: FoundRevision | null;
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly replicaManagement: { readonly readyReplicaCount: number; readonly desiredReplicaCount: number };
};
type Variables = { readonly filter: Record<string, unknown>; readonly orderBy: unknown; readonly limit: number; readonly offset: number };

export const LIST_DEPLOYMENTS = new Operation<{ deployments: readonly ListedDeployment[] }, Variables>(/* GraphQL */ `
  query ListDeployments($filter: DeploymentFilter, $orderBy: DeploymentOrderBy, $limit: Int, $offset: Int) {
    deployments(filter: $filter, orderBy: $orderBy, limit: $limit, offset: $offset) {
      id name domain { name } status tags createdAt
      revision { id name revisionNumber }
      deployingRevision { id name revisionNumber }
      replicaManagement { readyReplicaCount desiredReplicaCount }
    }
  }
`);

type ListOptions = { status?: string; name?: string; domain?: string; tag?: string; orderBy: string; ascending?: true; limit: number; offset: number };

export function addList(program: Command, { graph, print, machine }: Invocation): void {
  program
    .command('list')
    .alias('ls')
    .description('the deployments there are, newest first; deleted ones only when asked for by --status')
    .addOption(oneOf('--status <status>', 'only those in this status', STATUSES))
    .option('--name <part>', 'only those whose name holds this')
    .option('--domain <name>', 'only those of this domain')
    .option('--tag <tag>', 'only those that carry this tag')
    .addOption(oneOf('--order-by <field>', 'what to order by', ORDERS).default('CREATED_AT'))
    .option('--ascending', 'the other way round')
    .option('--limit <count>', 'at most so many', wholeNumber(1, LIMIT_MAX), LIMIT_DEFAULT)
    .option('--offset <count>', 'leave out so many first', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0)
    .addHelpText('after', examples('list', 'list --status ACTIVE --output json', 'list --tag demo --order-by NAME --ascending'))
    .action(async ({ status, name, domain, tag, orderBy, ascending, limit, offset }: ListOptions) => {
      const filter = { status, nameContains: name, domain, tag };
      const order = { field: orderBy, direction: ascending === true ? 'ASC' : 'DESC' };
      const { deployments } = await graph().ask(LIST_DEPLOYMENTS, { filter, orderBy: order, limit, offset });
      print({ data: deployments, text: () => textTable(columns(machine.nowMs()), deployments, 'no deployments') });
    });
}

const columns = (nowMs: number) => [
  { title: 'NAME', cell: ({ name, domain }: ListedDeployment) => (domain.name === 'default' ? name : `${domain.name}/${name}`) },
  { title: 'STATUS', cell: ({ status }: ListedDeployment) => status },
  { title: 'REPLICAS', cell: ({ replicaManagement: { readyReplicaCount, desiredReplicaCount } }: ListedDeployment) => `${readyReplicaCount}/${desiredReplicaCount}` },
  { title: 'REVISION', cell: ({ revision, deployingRevision }: ListedDeployment) => `${revisionText(revision)}${deployingRevision === null ? '' : ` -> ${revisionText(deployingRevision)}`}` },
  { title: 'TAGS', cell: ({ tags }: ListedDeployment) => tags.join(',') },
  { title: 'AGE', cell: ({ createdAt }: ListedDeployment) => agoText(createdAt, nowMs).replace(/ ago$/, '') },
  { title: 'ID', cell: ({ id }: ListedDeployment) => id },
];
