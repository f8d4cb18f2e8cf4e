import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { GraphClient } from './graph-client.js';
import { DEMO_FOLDER } from './demo-model.js';

export const DEMO_NAME = 'tiny';
/** How long the bundled model may take to serve. */
const SERVING_LIMIT_MS = 120_000;
const POLL_MS = 100;

export type DemoFiles = { readonly token: string; readonly launchKey: string };
export type Demo = { readonly id: string; readonly token: string; readonly isNew: boolean };

/**
 * Deploys the bundled model and makes its token, on the first run only: whoever deletes it afterwards is not given it
 * again. A first run that was cut short is taken up where it ended, under the same idempotency key. Null: not there.
 */
export async function launchDemo(graph: GraphClient, files: DemoFiles): Promise<Demo | null> {
  if (existsSync(files.token)) {
    const { deployments } = await graph.ask<{ deployments: { id: string; status: string }[] }>(FIND, { name: DEMO_NAME });
    const id = deployments.find(({ status }) => !status.startsWith('DESTROY'))?.id;
    return id === undefined ? null : { id, token: readFileSync(files.token, 'utf8').trim(), isNew: false };
  }
  if (!existsSync(files.launchKey)) writeFileSync(files.launchKey, `demo-${randomUUID()}\n`, { mode: 0o600 });
  const key = readFileSync(files.launchKey, 'utf8').trim();
  const created = await graph.ask<{ createModelDeployment: { deployment: { id: string } } }>(CREATE, { input: demoInput() }, key);
  const { id } = created.createModelDeployment.deployment;
  const made = await graph.ask<{ createAccessToken: { accessToken: { token: string } } }>(CREATE_TOKEN, { id }, key);
  const { token } = made.createAccessToken.accessToken;
  writeFileSync(files.token, `${token}\n`, { mode: 0o600 });
  return { id, token, isNew: true };
}

const FIND = 'query Find($name: String!) { deployments(filter: { name: $name, domain: "default" }) { id status } }';
const CREATE_TOKEN = 'mutation Token($id: ID!) { createAccessToken(input: { deploymentId: $id, name: "demo" }) { accessToken { token } } }';
const CREATE = 'mutation Create($input: CreateModelServingDeploymentInput!) { createModelDeployment(input: $input) { deployment { id } } }';

const demoInput = () => ({
  name: DEMO_NAME,
  domain: 'default',
  project: 'default',
  openToPublic: false,
  tags: ['demo'],
  clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
  deploymentStrategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } },
  desiredReplicaCount: 1,
  initialRevision: {
    name: 'initial',
    image: { name: 'slipway-engine', architecture: process.arch },
    modelRuntimeConfig: { runtimeVariant: 'llama.cpp' },
    modelVFolderConfig: { vfolderId: DEMO_FOLDER },
    resourceConfig: { resourceGroup: { name: 'default' }, resourceSlots: { cpu: 1, mem: '256Mi' } },
  },
});

/** Follows the status until the deployment serves, telling each change. */
export async function awaitServing(graph: GraphClient, id: string, onStatus: (status: string, ready: number, desired: number) => void): Promise<void> {
  const untilMs = Date.now() + SERVING_LIMIT_MS;
  let shown = '';
  for (;;) {
    const { deployment } = await graph.ask<{ deployment: Progress }>(PROGRESS, { id });
    const { status, statusReason, replicaManagement } = deployment;
    const { readyReplicaCount: ready, desiredReplicaCount: desired } = replicaManagement;
    const seen = `${status} ${ready}/${desired}`;
    if (seen !== shown) onStatus(status, ready, desired);
    shown = seen;
    if ((status === 'ACTIVE' && ready > 0) || status === 'INACTIVE') return;
    if (status === 'FAILED') throw new Error(`the deployment failed: ${statusReason}`);
    if (Date.now() > untilMs) throw new Error(`the deployment was not serving after ${SERVING_LIMIT_MS / 1000} s (${status})`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

type Progress = {
  readonly status: string;
  readonly statusReason: string;
  readonly replicaManagement: { readonly readyReplicaCount: number; readonly desiredReplicaCount: number };
};
const PROGRESS =
  'query Progress($id: ID!) { deployment(id: $id) { status statusReason replicaManagement { readyReplicaCount desiredReplicaCount } } }';

export const QUESTION = 'Tell me a story';

/** Asks the model one question through the OpenAI endpoint, handing on each piece of the answer. */
export async function askDemo(baseUrl: string, token: string, onText: (text: string) => void): Promise<void> {
  const body = { model: DEMO_NAME, messages: [{ role: 'user', content: QUESTION }], stream: true, temperature: 0.7, top_p: 0.9, seed: 6, max_tokens: 80 };
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(`${baseUrl}/chat/completions`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok || response.body === null) throw new Error(`the model answered with status ${response.status}: ${await response.text()}`);
  let unread = '';
  for await (const bytes of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (unread + bytes).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ') || line === 'data: [DONE]') continue;
      const chunk = JSON.parse(line.slice('data: '.length)) as { choices: { delta: { content?: string } }[] };
      onText(chunk.choices[0]?.delta.content ?? '');
    }
  }
}
