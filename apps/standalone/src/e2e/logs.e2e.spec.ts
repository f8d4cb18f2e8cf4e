import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createToken, deploymentInput, look, revisionInput, untilStatus } from './deployments.js';
import { PlatformLab, WAIT_LIMIT_MS, waitUntil } from './platform-lab.js';

const SECRET = 'hunter2-and-some-more';
/** Prints its secret when it starts and whenever it is asked something, on either output. */
const SERVER = `
import { createServer } from 'node:http';
const port = Number(process.argv[process.argv.indexOf('--port') + 1]);
console.log('started as ' + process.pid + ' with ' + process.env.MY_API_KEY);
createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  if (request.method === 'POST') console.error('asked ' + JSON.parse(body).messages[0].content + ' {"key":"' + process.env.MY_API_KEY + '"}');
  response.end(JSON.stringify({ object: 'chat.completion', choices: [] }));
}).listen(port, '127.0.0.1', () => console.log('listens'));
`;
const DEFINITION = `models:
  - name: printing
    model_path: /models
    service:
      start_command: [node, /models/server.mjs, --port, "{port}"]
      port: 9000
      health_check: { enable: true, path: /health, interval: 1 }
`;

const LINE = '{ text cut skippedLines cursor }';
const LOGS = `query ($id: ID!) { replica(id: $id) { logs(tail: 5) { lines ${LINE} } } }`;
const FOLLOW = `subscription ($id: ID!, $tail: Int, $after: String) { replicaLogs(replicaId: $id, tail: $tail, after: $after) ${LINE} }`;

type Line = { readonly text: string; readonly cut: boolean; readonly skippedLines: number; readonly cursor: string };
type Following = {
  readonly lines: readonly Line[];
  /** Everything that came, as it came. */
  received(): string;
  /** Resolves when it was told that there will be no more; rejects when the connection ends without that. */
  readonly complete: Promise<void>;
  leave(): void;
};

describe('what a replica prints', () => {
  let lab: PlatformLab;
  beforeAll(async () => {
    lab = await PlatformLab.create();
    await lab.start();
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  /** One replica of an engine that prints secrets. */
  const deployed = async (): Promise<{ readonly id: string; readonly replicaId: string }> => {
    const folder = path.join(lab.dataDir, 'models', 'printing');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'server.mjs'), SERVER);
    writeFileSync(path.join(folder, 'model-definition.yaml'), DEFINITION);
    const modelRuntimeConfig = { runtimeVariant: 'CUSTOM', environ: JSON.stringify({ MY_API_KEY: SECRET }) };
    const initialRevision = { ...revisionInput('mock', 'first'), modelRuntimeConfig, modelVFolderConfig: { vfolderId: 'printing' } };
    const { createModelDeployment } = await lab.graph.ask<{ createModelDeployment: { deployment: { id: string } } }>(
      'mutation ($input: CreateModelServingDeploymentInput!) { createModelDeployment(input: $input) { deployment { id } } }',
      { input: { ...deploymentInput('printing', 1), initialRevision } },
    );
    const { id } = createModelDeployment.deployment;
    const { replicaManagement } = await untilStatus(lab.graph, id, 'ACTIVE', 1);
    return { id, replicaId: replicaManagement.replicas[0]?.id ?? '' };
  };

  const follow = async (variables: { readonly id: string; readonly tail?: number; readonly after?: string }): Promise<Following> => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${lab.adminToken}` };
    const leaving = new AbortController();
    const { body } = await fetch(lab.graphUrl, { method: 'POST', headers, body: JSON.stringify({ query: FOLLOW, variables }), signal: leaving.signal });
    const lines: Line[] = [];
    let received = '';
    const read = async (): Promise<void> => {
      let unread = '';
      for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
        received += text;
        const parts = (unread + text).split('\n');
        unread = parts.pop() ?? '';
        for (const part of parts) if (part.startsWith('data: {')) lines.push((JSON.parse(part.slice('data: '.length)) as { data: { replicaLogs: Line } }).data.replicaLogs);
      }
      if (!received.includes('event: complete')) throw new Error(`it broke off after: ${received.slice(-1000)}`);
    };
    const complete = read();
    complete.catch(() => undefined); // whoever leaves does not look
    return { lines, received: () => received, complete, leave: () => leaving.abort() };
  };
  const texts = ({ lines }: Following): string[] => lines.map(({ text }) => text);
  const told = (following: Following, count: number): Promise<void> => waitUntil(() => following.lines.length >= count, WAIT_LIMIT_MS, () => `${following.received()}\n${lab.serviceLog()}`);

  it('is read and followed through the gateway, each line once and in order, over a restart and a break, until it is over, without its secrets', async () => {
    const { id, replicaId } = await deployed();
    const token = await createToken(lab, id);
    /** Until it is answered: what proxies refuse, because they do not know the replica yet, it never hears of. */
    const ask = async (content: string): Promise<void> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ model: 'printing', messages: [{ role: 'user', content }] });
      let answer = '';
      const isAnswered = async (): Promise<boolean> => {
        const response = await fetch(`${lab.baseUrl}/chat/completions`, { method: 'POST', headers, body });
        answer = `${response.status} ${await response.text()}`;
        return response.status === 200;
      };
      await waitUntil(isAnswered, WAIT_LIMIT_MS, () => answer);
    };

    const { replica } = await lab.graph.ask<{ replica: { logs: { lines: readonly Line[] } } }>(LOGS, { id: replicaId });
    expect(replica.logs.lines).toEqual([
      { text: expect.stringMatching(/^started as \d+ with \*{3}$/), cut: false, skippedLines: 0, cursor: expect.any(String) },
      { text: 'listens', cut: false, skippedLines: 0, cursor: expect.any(String) },
    ]);

    const first = await follow({ id: replicaId, tail: 1 });
    await told(first, 1); // the last line of now, not of after the question
    await ask('one');
    await ask('two');
    await told(first, 3);
    expect(texts(first)).toEqual(['listens', 'asked one {"key":"***"}', 'asked two {"key":"***"}']);
    first.leave();
    await ask('three');

    const second = await follow({ id: replicaId, after: first.lines[2]?.cursor ?? '' });
    await told(second, 1);
    process.kill(Number(/^started as (\d+)/.exec(replica.logs.lines[0]?.text ?? '')?.[1]), 'SIGKILL');
    await told(second, 3);
    await waitUntil(async () => (await look(lab.graph, id)).replicaManagement.replicas.some(({ attempt, status }) => attempt === 2 && status === 'RUNNING'), WAIT_LIMIT_MS, () => lab.serviceLog());
    await ask('four');
    await told(second, 4);
    await lab.graph.ask('mutation ($id: ID!) { deleteModelServingDeployment(id: $id) }', { id });
    await second.complete;
    expect(texts(second)).toEqual(['asked three {"key":"***"}', expect.stringMatching(/^started as \d+ with \*{3}$/), 'listens', 'asked four {"key":"***"}']);
    expect([...first.lines, ...second.lines].every(({ cut, skippedLines }) => !cut && skippedLines === 0)).toBe(true);

    expect(JSON.stringify(replica) + first.received() + second.received() + lab.shape.everythingWritten()).not.toContain(SECRET);
  });
});
