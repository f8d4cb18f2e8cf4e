import type { RegistryLab } from './registry-lab.js';

type Fields = Record<string, unknown>;

/** A revision that needs nothing but a folder. */
export const revisionInput = (changes: Fields = {}): Fields => ({
  name: 'first',
  image: { name: 'slipway-engine:1', architecture: 'x86_64' },
  modelRuntimeConfig: { runtimeVariant: 'mock' },
  modelVFolderConfig: { vfolderId: 'empty' },
  resourceConfig: { resourceGroup: { name: 'default' }, resourceSlots: { cpu: 1, mem: '256Mi' } },
  ...changes,
});

export const deploymentInput = (changes: Fields = {}): Fields => ({
  name: 'tiny',
  domain: 'default',
  project: 'research',
  openToPublic: false,
  tags: ['e2e'],
  clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
  deploymentStrategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } },
  initialRevision: revisionInput(),
  ...changes,
});

export const CREATE = `mutation ($input: CreateModelServingDeploymentInput!) {
  createModelDeployment(input: $input) { deployment { id name revision { id } deployingRevision { id } } warnings { code field message } }
}`;
export const UPDATE = 'mutation ($input: UpdateModelServingDeploymentInput!) { updateModelDeployment(input: $input) { deployment { id name } } }';
export const DELETE = 'mutation ($id: ID!) { deleteModelServingDeployment(id: $id) }';
export const CREATE_REVISION = `mutation ($input: CreateModelRevisionInput!) {
  createModelRevision(input: $input) { revision { id name tags status revisionNumber contentHash createdAt } warnings { code field message } }
}`;

/** A deployment that serves; its id. */
export async function deployed(lab: RegistryLab, changes: Fields = {}): Promise<string> {
  const { createModelDeployment } = await lab.ask(CREATE, { input: deploymentInput(changes) });
  const { id } = createModelDeployment.deployment as { id: string };
  await lab.settled(id);
  return id;
}

/** A further revision; its id. */
export async function published(lab: RegistryLab, deploymentId: string, changes: Fields = {}): Promise<string> {
  const { createModelRevision } = await lab.ask(CREATE_REVISION, { input: { deploymentId, ...revisionInput(changes) } });
  return createModelRevision.revision.id as string;
}

export async function activated(lab: RegistryLab, id: string, activeRevisionId: string): Promise<void> {
  await lab.ask(UPDATE, { input: { id, activeRevisionId } });
  await lab.settled(id);
}
