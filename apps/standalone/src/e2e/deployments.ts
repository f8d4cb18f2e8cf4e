import { installDemoModel, DEMO_FOLDER } from '../demo/demo-model.js';
import type { GraphClient } from '../demo/graph-client.js';
import path from 'node:path';
import { WAIT_LIMIT_MS, waitUntil, type PlatformLab } from './platform-lab.js';

/** How long a rollout of small engines may take on a slow and busy machine. */
export const ROLLOUT_LIMIT_MS = 300_000;

export type Variant = 'llama.cpp' | 'mock';

export const revisionInput = (variant: Variant, name: string, environ: Record<string, string> = {}) => ({
  name,
  image: { name: 'slipway-engine', architecture: 'x86_64' },
  modelRuntimeConfig: { runtimeVariant: variant, environ: JSON.stringify(environ) },
  modelVFolderConfig: { vfolderId: DEMO_FOLDER },
  resourceConfig: { resourceGroup: { name: 'default' }, resourceSlots: { cpu: 1, mem: '256Mi' } },
});

export const deploymentInput = (name: string, replicas: number, variant: Variant = 'llama.cpp') => ({
  name,
  domain: 'default',
  project: 'default',
  openToPublic: false,
  tags: ['e2e'],
  clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
  deploymentStrategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } },
  desiredReplicaCount: replicas,
  initialRevision: revisionInput(variant, 'first'),
});

export type Deployed = { readonly id: string; readonly token: string };

/** Deploys through the public graph and waits until every replica serves. */
export async function deploy(lab: PlatformLab, name: string, replicas: number, variant: Variant = 'llama.cpp'): Promise<Deployed> {
  installDemoModel(path.join(lab.dataDir, 'models'));
  const created = await lab.graph.ask<{ createModelDeployment: { deployment: { id: string } } }>(
    'mutation ($input: CreateModelServingDeploymentInput!) { createModelDeployment(input: $input) { deployment { id } } }',
    { input: deploymentInput(name, replicas, variant) },
  );
  const { id } = created.createModelDeployment.deployment;
  await untilStatus(lab.graph, id, 'ACTIVE', replicas);
  return { id, token: await createToken(lab, id) };
}

/** One that serves already: its creation is answered without a proxy that stands still, which a busy machine's may. */
export async function createToken(lab: PlatformLab, deploymentId: string, baseUrls: readonly string[] = [lab.baseUrl]): Promise<string> {
  const made = await lab.graph.ask<{ createAccessToken: { accessToken: { token: string } } }>(
    'mutation ($id: ID!) { createAccessToken(input: { deploymentId: $id }) { accessToken { token } } }',
    { id: deploymentId },
  );
  const { token } = made.createAccessToken.accessToken;
  const statusAt = (baseUrl: string): Promise<number> => fetch(`${baseUrl}/models`, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status, () => 0);
  for (const baseUrl of baseUrls) await waitUntil(async () => (await statusAt(baseUrl)) === 200, WAIT_LIMIT_MS, () => `the proxy at ${baseUrl} does not take the token`);
  return token;
}

export async function publishRevision(graph: GraphClient, deploymentId: string, variant: Variant, name: string, environ: Record<string, string> = {}): Promise<string> {
  const made = await graph.ask<{ createModelRevision: { revision: { id: string } } }>(
    'mutation ($input: CreateModelRevisionInput!) { createModelRevision(input: $input) { revision { id } } }',
    { input: { deploymentId, ...revisionInput(variant, name, environ) } },
  );
  return made.createModelRevision.revision.id;
}

export async function activate(graph: GraphClient, id: string, activeRevisionId: string): Promise<void> {
  await graph.ask('mutation ($input: UpdateModelServingDeploymentInput!) { updateModelDeployment(input: $input) { deployment { id } } }', {
    input: { id, activeRevisionId },
  });
}

export type Seen = {
  readonly status: string;
  readonly statusReason: string;
  readonly configurationHash: string;
  readonly revision: { readonly id: string } | null;
  readonly deployingRevision: { readonly id: string } | null;
  readonly rollout: { readonly id: string; readonly status: string; readonly reason: string | null } | null;
  readonly replicaManagement: { readonly replicas: readonly { readonly id: string; readonly status: string; readonly attempt: number; readonly revision: { readonly id: string } }[] };
};

export async function look(graph: GraphClient, id: string, asOf: string | null = null): Promise<Seen> {
  const { deployment } = await graph.ask<{ deployment: Seen | null }>(
    `query ($id: ID!, $asOf: DateTime) { deployment(id: $id, asOf: $asOf) { status statusReason configurationHash revision { id } deployingRevision { id }
       rollout { id status reason } replicaManagement { replicas { id status attempt revision { id } } } } }`,
    { id, asOf },
  );
  if (deployment === null) throw new Error(`there is no deployment ${id}`);
  return deployment;
}

/** Waits until the deployment is at rest in a status with this many replicas running and nothing else. */
export async function untilStatus(graph: GraphClient, id: string, status: string, running: number): Promise<Seen> {
  let seen: Seen | null = null;
  await waitUntil(
    async () => {
      seen = await look(graph, id);
      const { replicas } = seen.replicaManagement;
      return seen.status === status && seen.deployingRevision === null && replicas.length === running && replicas.every((replica) => replica.status === 'RUNNING');
    },
    ROLLOUT_LIMIT_MS,
    () => JSON.stringify(seen, null, 1),
  );
  if (seen === null) throw new Error('nothing seen');
  return seen;
}
