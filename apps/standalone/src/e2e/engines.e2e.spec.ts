import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { activate, createToken, deploy, look, publishRevision, revisionInput, untilStatus } from './deployments.js';
import { PlatformLab, WAIT_LIMIT_MS, waitUntil } from './platform-lab.js';

/** Answers every path with what it was started with; `/health` once it listens. */
const SERVER = `
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
const port = Number(process.argv[process.argv.indexOf('--port') + 1]);
writeFileSync(process.env.STARTED_WITH, JSON.stringify({ argv: process.argv.slice(2), environ: process.env }));
createServer((request, response) => response.end(JSON.stringify({ object: 'chat.completion', path: request.url, choices: [] }))).listen(port, '127.0.0.1');
`;

type Started = { readonly argv: readonly string[]; readonly environ: Readonly<Record<string, string>> };

describe('engines of every kind this machine can run', () => {
  let lab: PlatformLab;
  let id: string;

  beforeAll(async () => {
    lab = await PlatformLab.create();
    const bin = path.join(lab.dataDir, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(bin, 'vllm'), `#!/usr/bin/env node\n${SERVER.replaceAll(/^import \{ (\w+) \} from '(.*)';$/gm, "const { $1 } = require('$2');")}`);
    chmodSync(path.join(bin, 'vllm'), 0o755);
    lab.searchFirst(bin);
    await lab.start();
    ({ id } = await deploy(lab, 'engines', 1, 'mock'));
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  const folder = (name: string, files: Record<string, string>): string => {
    const directory = path.join(lab.dataDir, 'models', name);
    mkdirSync(directory, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(directory, file), text);
    return name;
  };
  const publish = async (part: object): Promise<string> => {
    const { createModelRevision } = await lab.graph.ask<{ createModelRevision: { revision: { id: string } } }>(
      'mutation ($input: CreateModelRevisionInput!) { createModelRevision(input: $input) { revision { id } } }',
      { input: { deploymentId: id, ...revisionInput('mock', 'next'), ...part } },
    );
    return createModelRevision.revision.id;
  };
  const started = (file: string): Started => JSON.parse(readFileSync(file, 'utf8')) as Started;
  const chat = async (token: string): Promise<string> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return (await fetch(`${lab.baseUrl}/chat/completions`, { method: 'POST', headers, body: '{"model":"engines","messages":[]}' })).text();
  };

  it('S4.9 starts what a model definition says, with the secret it needs and without a shell', async () => {
    const startedWith = path.join(lab.dataDir, 'custom.json');
    const vfolderId = folder('custom', {
      'server.mjs': SERVER,
      'model-definition.yaml': `models:
  - name: mine
    model_path: /models
    service:
      start_command: [node, /models/server.mjs, --port, "{port}", "$(touch /tmp/never)", "; exit 1"]
      port: 9000
      health_check: { enable: true, path: /health, interval: 1 }
`,
    });
    const environ = JSON.stringify({ STARTED_WITH: startedWith, MY_API_KEY: 'very-secret-value' });
    await activate(lab.graph, id, await publish({ modelRuntimeConfig: { runtimeVariant: 'CUSTOM', environ }, modelVFolderConfig: { vfolderId } }));
    await untilStatus(lab.graph, id, 'ACTIVE', 1);
    expect(started(startedWith).argv.slice(-2)).toEqual(['$(touch /tmp/never)', '; exit 1']);
    expect(started(startedWith).environ['MY_API_KEY']).toBe('very-secret-value');
    expect(await chat(await createToken(lab, id))).toContain('/v1/chat/completions');
    const log = lab.shape.everythingWritten();
    expect(log).not.toContain('very-secret-value');
  });

  it('S4.11 S4.13 S4.14 S4.16 S4.17 X25 starts vLLM when it is on PATH', async () => {
    const startedWith = path.join(lab.dataDir, 'vllm.json');
    const environ = JSON.stringify({ STARTED_WITH: startedWith, VLLM_QUANTIZATION: 'awq', VLLM_TP_SIZE: '2', VLLM_EXTRA_ARGS: '--dtype=half' });
    const vfolderId = folder('checkpoints', { 'config.json': '{}', 'model.safetensors': 'weights' }); // S4.17: at the folder's root
    const serviceConfig = { maxModelLength: 4096, extraCliParameters: '--enable-lora' };
    await activate(lab.graph, id, await publish({ modelRuntimeConfig: { runtimeVariant: 'VLLM', environ, serviceConfig }, modelVFolderConfig: { vfolderId } }));
    const seen = await untilStatus(lab.graph, id, 'ACTIVE', 1);
    expect(seen.rollout).toMatchObject({ status: 'COMPLETED', reason: null });
    const { argv } = started(startedWith);
    expect(argv.join(' ')).toMatch(/--quantization[= ]awq/);
    expect(argv.join(' ')).toMatch(/--tensor-parallel-size[= ]2/);
    expect(argv.join(' ')).toMatch(/--max-model-len[= ]4096/);
    expect(argv.join(' ')).toMatch(/--served-model-name[= ]engines/);
    expect(argv).toEqual(expect.arrayContaining(['--dtype=half', '--enable-lora']));
  });

  it('S1.69 gives up a revision that keeps ending, says why, and goes on serving the one before', async () => {
    const serving = (await look(lab.graph, id)).revision?.id;
    const broken = await publishRevision(lab.graph, id, 'mock', 'broken', { MOCK_FAIL_START: '7' });
    await activate(lab.graph, id, broken);
    await waitUntil(async () => (await look(lab.graph, id)).rollout?.status === 'ROLLED_BACK', WAIT_LIMIT_MS, () => lab.serviceLog());
    const seen = await untilStatus(lab.graph, id, 'ACTIVE', 1);
    expect(seen.revision?.id).toBe(serving);
    expect(seen.rollout?.reason).toMatch(/^CRASH_LOOP: the engine ended 5 times in a row/);
    const { revision } = await lab.graph.ask<{ revision: { status: string; errorData: string } }>('query ($id: ID!) { revision(id: $id) { status errorData } }', { id: broken });
    expect(revision.status).toBe('INACTIVE');
    expect(JSON.parse(revision.errorData)).toMatchObject({ reason: 'CRASH_LOOP', exitCode: 7, lastLines: expect.any(Array) });
  });

  it('says at once that a variant cannot run here', async () => {
    await activate(lab.graph, id, await publish({ modelRuntimeConfig: { runtimeVariant: 'SGLANG' } }));
    await waitUntil(async () => (await look(lab.graph, id)).rollout?.reason?.startsWith('UNSUPPORTED') === true, WAIT_LIMIT_MS, () => lab.serviceLog());
    await untilStatus(lab.graph, id, 'ACTIVE', 1);
  });
});
