import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { activate, deploy, publishRevision, untilStatus } from './deployments.js';
import { PlatformLab, WAIT_LIMIT_MS, waitUntil } from './platform-lab.js';

const STATUS = 'subscription ($id: ID!) { deploymentStatusChanged(deploymentId: $id) { name status revision { id } } }';
const REPLICA = 'subscription ($id: ID!) { replicaStatusChanged(revisionId: $id) { name status revision { name } } }';

describe('watching a rollout', () => {
  it('S1.43 S1.44 tells each change once and in order, over SSE and over WebSocket, joined with what other services know', async () => {
    await using lab = await PlatformLab.create();
    await lab.start();
    const { id } = await deploy(lab, 'watched', 1, 'mock');
    const second = await publishRevision(lab.graph, id, 'mock', 'second', { MOCK_TEXT: 'second' });

    const bySse: Status[] = [];
    const leaving = new AbortController();
    const sse = readEvents<{ deploymentStatusChanged: Status }>(lab, STATUS, { id }, leaving.signal, ({ deploymentStatusChanged }) => void bySse.push(deploymentStatusChanged));
    const connectionParams = { authorization: `Bearer ${lab.adminToken}` };
    const client = createClient({ url: lab.graphUrl.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams, lazy: false });
    await new Promise<void>((resolve) => client.on('connected', () => resolve()));
    const replicas: string[] = [];
    client.subscribe<{ replicaStatusChanged: { status: string; revision: { name: string } } }>(
      { query: REPLICA, variables: { id: second } },
      { next: ({ data }) => void replicas.push(`${data?.replicaStatusChanged.revision.name} ${data?.replicaStatusChanged.status}`), error: () => undefined, complete: () => undefined },
    );
    await sse.opened;
    await activate(lab.graph, id, second);
    await untilStatus(lab.graph, id, 'ACTIVE', 1);
    await waitUntil(() => bySse.length >= 2 && replicas.at(-1) === 'second RUNNING', WAIT_LIMIT_MS, () => JSON.stringify({ bySse, replicas }));

    expect(bySse.map(({ name, status }) => `${name} ${status}`)).toEqual(['watched UPDATING', 'watched ACTIVE']);
    // Nothing says when a subscription over WebSocket has begun: the first changes may have come before it.
    expect(replicas).toEqual(['second PROVISIONING', 'second PROVISIONING', 'second RUNNING'].slice(-replicas.length));
    leaving.abort();
    await client.dispose();
    expect(await lab.interrupt()).toBe(0);
  });
});

type Status = { readonly name: string; readonly status: string };

/** Subscribes over SSE; `opened` resolves when the server has answered. */
function readEvents<T>(lab: PlatformLab, query: string, variables: object, signal: AbortSignal, onData: (data: T) => void): { readonly opened: Promise<void> } {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${lab.adminToken}` };
  const answer = fetch(lab.graphUrl, { method: 'POST', headers, body: JSON.stringify({ query, variables }), signal });
  const read = async (): Promise<void> => {
    const { body } = await answer;
    let unread = '';
    for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (unread + text).split('\n');
      unread = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data: {')) onData((JSON.parse(line.slice('data: '.length)) as { data: T }).data);
    }
  };
  read().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return { opened: answer.then(() => undefined) };
}
