import type { GraphClient } from './graph-client.js';

export const REVISIONS_PER_DEPLOYMENT = 5;
/** Requests at once while deployments are made. */
const MAKERS = 16;
/** The model folder each of them names; the mock engine needs nothing in it. */
export const MODEL_FOLDER = 'tiny';

/** Makes deployments with five revisions each through the gateway, without replicas: it is the graph that is measured. Their ids. */
export async function makeDeployments(client: GraphClient, count: number, progress: (made: number) => void): Promise<readonly string[]> {
  const ids: string[] = [];
  let next = 0;
  const make = async (): Promise<void> => {
    for (let at = next++; at < count; at = next++) {
      const { createModelDeployment } = await client.ask<{ createModelDeployment: { deployment: { id: string } } }>(CREATE, { input: deployment(at) });
      const { id } = createModelDeployment.deployment;
      for (let number = 2; number <= REVISIONS_PER_DEPLOYMENT; number++) await client.ask(PUBLISH, { input: { deploymentId: id, ...revision(`revision ${number}`) } });
      ids.push(id);
      if (ids.length % PROGRESS_EVERY === 0) progress(ids.length);
    }
  };
  await Promise.all(Array.from({ length: MAKERS }, make));
  return ids;
}

const PROGRESS_EVERY = 50;

const CREATE = 'mutation ($input: CreateModelServingDeploymentInput!) { createModelDeployment(input: $input) { deployment { id } } }';
const PUBLISH = 'mutation ($input: CreateModelRevisionInput!) { createModelRevision(input: $input) { revision { id } } }';

const deployment = (at: number): object => ({
  name: `deployment-${String(at).padStart(6, '0')}`,
  domain: at % 4 === 0 ? 'other' : 'default',
  project: 'bench',
  openToPublic: at % 2 === 0,
  tags: [`tag-${at % 10}`, 'bench'],
  clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
  deploymentStrategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } },
  desiredReplicaCount: 0,
  initialRevision: revision('revision 1'),
});

const revision = (name: string): object => ({
  name,
  image: { name: 'slipway-engine:1', architecture: 'x86_64' },
  modelRuntimeConfig: { runtimeVariant: 'mock', environ: JSON.stringify({ MODE: name }) },
  modelVFolderConfig: { vfolderId: MODEL_FOLDER },
  resourceConfig: { resourceGroup: { name: 'default' }, resourceSlots: { cpu: 1, mem: '256Mi' } },
});
