import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { revisionText, type FoundRevision } from '../addressing/find-revision.js';
import { CliError, EXIT_CODES } from '../exit-codes.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { examples, instant } from '../option-values.js';
import { agoText } from '../output/spans.js';
import { fieldList, textTable } from '../output/text-table.js';

type ShownReplica = { readonly id: string; readonly name: string; readonly status: string; readonly attempt: number; readonly revision: FoundRevision; readonly updatedAt: string };
type ShownDeployment = {
  readonly id: string;
  readonly name: string;
  readonly domain: { readonly name: string };
  readonly project: { readonly name: string };
  readonly endpointUrl: string | null;
  readonly openToPublic: boolean;
  readonly tags: readonly string[];
  readonly status: string;
  readonly statusReason: string | null;
  readonly statusSince: string | null;
  readonly configurationHash: string;
  readonly createdUser: { readonly email: string };
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deploymentStrategy: { readonly type: string; readonly configJSON: string | null };
  readonly revision: FoundRevision | null;
  readonly deployingRevision: FoundRevision | null;
  readonly replicaManagement: { readonly readyReplicaCount: number; readonly desiredReplicaCount: number; readonly replicas: readonly ShownReplica[] };
  readonly traffic: readonly { readonly revision: FoundRevision | null; readonly weightPercent: number }[] | null;
  readonly rollout: { readonly id: string; readonly status: string; readonly reason: string | null } | null;
};

export const GET_DEPLOYMENT = new Operation<{ deployment: ShownDeployment | null }, { id: string; asOf: string | null }>(/* GraphQL */ `
  query GetDeployment($id: ID!, $asOf: DateTime) {
    deployment(id: $id, asOf: $asOf) {
      id name domain { name } project { name } endpointUrl openToPublic tags
      status statusReason statusSince configurationHash createdUser { email } createdAt updatedAt
      deploymentStrategy { type configJSON }
      revision { id name revisionNumber }
      deployingRevision { id name revisionNumber }
      replicaManagement {
        readyReplicaCount desiredReplicaCount
        replicas { id name status attempt updatedAt revision { id name revisionNumber } }
      }
      traffic { weightPercent revision { id name revisionNumber } }
      rollout { id status reason }
    }
  }
`);

export function addGet(program: Command, { graph: signedIn, print, machine }: Invocation): void {
  program
    .command('get')
    .description('one deployment with its replicas, as it is or as it was')
    .argument('<deployment>', 'name, domain/name or id')
    .option('--as-of <time>', 'as it was at this time, or so long ago', instant(machine.nowMs))
    .addHelpText('after', examples('get tiny', 'get tiny --as-of 15m', 'get default/tiny --output yaml'))
    .action(async (given: string, { asOf }: { asOf?: string }) => {
      const graph = signedIn();
      const { id } = await findDeployment(graph, given);
      const { deployment } = await graph.ask(GET_DEPLOYMENT, { id, asOf: asOf ?? null });
      if (deployment === null) throw new CliError(EXIT_CODES.refused, 'NOT_FOUND', `there was no deployment "${given}"${asOf === undefined ? '' : ` at ${asOf}`}`);
      print({ data: deployment, text: () => shown(deployment, machine.nowMs()) });
    });
}

function shown(deployment: ShownDeployment, nowMs: number): string {
  const { replicas, readyReplicaCount, desiredReplicaCount } = deployment.replicaManagement;
  const fields = fieldList([
    ['Name', `${deployment.domain.name}/${deployment.name}`],
    ['Id', deployment.id],
    ['Status', `${deployment.status}${deployment.statusSince === null ? '' : ` since ${deployment.statusSince}`}`],
    ['Reason', deployment.statusReason],
    ['Endpoint', deployment.endpointUrl],
    ['Access', deployment.openToPublic ? 'open to everybody' : 'with a token'],
    ['Revision', revisionText(deployment.revision)],
    ['Deploying', deployment.deployingRevision === null ? null : revisionText(deployment.deployingRevision)],
    ['Traffic', deployment.traffic?.map(({ revision, weightPercent }) => `${revisionText(revision)} ${weightPercent} %`).join(', ') ?? null],
    ['Replicas', `${readyReplicaCount} of ${desiredReplicaCount} ready`],
    ['Strategy', `${deployment.deploymentStrategy.type} ${deployment.deploymentStrategy.configJSON ?? ''}`],
    ['Rollout', deployment.rollout === null ? null : `${deployment.rollout.status}${deployment.rollout.reason === null ? '' : `: ${deployment.rollout.reason}`}`],
    ['Tags', deployment.tags.length === 0 ? null : deployment.tags.join(', ')],
    ['Created', `${agoText(deployment.createdAt, nowMs)} by ${deployment.createdUser.email}`],
    ['Changed', agoText(deployment.updatedAt, nowMs)],
  ]);
  const columns = [
    { title: 'REPLICA', cell: ({ name }: ShownReplica) => name },
    { title: 'STATUS', cell: ({ status }: ShownReplica) => status },
    { title: 'REVISION', cell: ({ revision }: ShownReplica) => revisionText(revision) },
    { title: 'STARTS', cell: ({ attempt }: ShownReplica) => String(attempt) },
    { title: 'CHANGED', cell: ({ updatedAt }: ShownReplica) => agoText(updatedAt, nowMs) },
    { title: 'ID', cell: ({ id }: ShownReplica) => id },
  ];
  return replicas.length === 0 ? fields : `${fields}\n\n${textTable(columns, replicas, '')}`;
}
