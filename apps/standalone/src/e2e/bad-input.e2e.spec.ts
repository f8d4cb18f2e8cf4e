import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createToken, deploy, deploymentInput, revisionInput } from './deployments.js';
import { send, slowLoris } from './hostile-http.js';
import { PlatformLab, WAIT_LIMIT_MS, waitUntil } from './platform-lab.js';

type Answer = { readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[] };

const CREATE = 'mutation ($input: CreateModelServingDeploymentInput!) { createModelDeployment(input: $input) { deployment { id } } }';
const REVISE = 'mutation ($input: CreateModelRevisionInput!) { createModelRevision(input: $input) { revision { id } } }';
const UPDATE = 'mutation ($input: UpdateModelServingDeploymentInput!) { updateModelDeployment(input: $input) { deployment { id } } }';

describe('bad input is refused with a clear error, and nothing is half done', () => {
  let lab: PlatformLab;
  let id: string;
  let token: string;

  beforeAll(async () => {
    lab = await PlatformLab.create();
    await lab.start();
    ({ id, token } = await deploy(lab, 'steady', 1, 'mock'));
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  const graph = async (query: string, variables: object, correlationId: string = randomUUID()): Promise<Answer> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${lab.adminToken}`, 'x-correlation-id': correlationId };
    const response = await fetch(lab.graphUrl, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return (await response.json()) as Answer;
  };
  /** What requests under this correlation id have caused; what the platform does meanwhile on its own is not theirs. */
  const causedBy = async (correlationId: string): Promise<string[]> => {
    await using log = await lab.openLog();
    const types: string[] = [];
    for await (const { type, metadata } of log.readAll({})) if (metadata.correlationId === correlationId) types.push(type);
    return types;
  };
  const refusal = async (query: string, variables: object): Promise<string> => {
    const correlationId = randomUUID();
    const { errors } = await graph(query, variables, correlationId);
    expect(await causedBy(correlationId)).toEqual([]);
    return `${errors?.[0]?.extensions.code}: ${errors?.[0]?.message}`;
  };
  const folder = (name: string, files: Record<string, string | Buffer>): string => {
    const directory = path.join(lab.dataDir, 'models', name);
    mkdirSync(directory, { recursive: true });
    for (const [file, content] of Object.entries(files)) writeFileSync(path.join(directory, file), content);
    return name;
  };
  const chat = (body: Buffer | string, authorization = `Bearer ${token}`) =>
    send(`${lab.baseUrl}/chat/completions`, { 'content-type': 'application/json', authorization }, body);
  const errorCode = (text: string): string => (JSON.parse(text) as { error: { code: string } }).error.code;

  it.each<[string, object, RegExp]>([
    ['an unknown revision', { activeRevisionId: 'no-such-revision' }, /^REVISION_NOT_FOUND: .*no-such-revision/],
    ['a negative size', { desiredReplicaCount: -1 }, /^INVALID_INPUT: desiredReplicaCount is a whole number from 0 to 1000/],
    ['an absurd size', { desiredReplicaCount: 2_000_000_000 }, /^INVALID_INPUT: desiredReplicaCount/],
    ['X9 a field of another strategy', { deploymentStrategy: { type: 'ROLLING', config: { canaryPercentage: 10 } } }, /^INVALID_INPUT: .*canaryPercentage does not belong to ROLLING/],
    ['both 0', { deploymentStrategy: { type: 'ROLLING', config: { maxSurge: 0, maxUnavailable: 0 } } }, /^INVALID_INPUT: .*maxSurge and maxUnavailable are both 0/],
    ['a malformed host name', { preferredDomainName: 'not a host' }, /^INVALID_INPUT: preferredDomainName/],
  ])('updating with %s', async (_what, change, expected) => {
    expect(await refusal(UPDATE, { input: { id, ...change } })).toMatch(expected);
  });

  it('an unknown deployment, in every operation that names one', async () => {
    const gone = 'no-such-deployment';
    expect(await refusal(UPDATE, { input: { id: gone, openToPublic: true } })).toMatch(/^DEPLOYMENT_NOT_FOUND: .*no-such-deployment/);
    expect(await refusal('mutation ($id: ID!) { deleteModelServingDeployment(id: $id) }', { id: gone })).toMatch(/^DEPLOYMENT_NOT_FOUND/);
    expect(await refusal(REVISE, { input: { deploymentId: gone, ...revisionInput('mock', 'x') } })).toMatch(/^DEPLOYMENT_NOT_FOUND/);
    expect(await refusal('mutation ($id: ID!) { createAccessToken(input: { deploymentId: $id }) { accessToken { id } } }', { id: gone })).toMatch(/^DEPLOYMENT_NOT_FOUND/);
  });

  it('while what is accepted is recorded', async () => {
    const correlationId = randomUUID();
    expect((await graph(UPDATE, { input: { id, tags: ['accepted'] } }, correlationId)).errors).toBeUndefined();
    expect(await causedBy(correlationId)).toContain('DeploymentTagsChanged');
  });

  it('S1.10 a name that is taken in its domain', async () => {
    expect(await refusal(CREATE, { input: deploymentInput('steady', 1, 'mock') })).toMatch(/^NAME_TAKEN: .*"steady" is taken in domain "default"/);
  });

  it('X9 a strategy whose fields belong to another, or are said twice', async () => {
    const mixed = { type: 'CANARY', config: { canaryPercentage: 10, steps: [{ setWeight: 20 }], maxSurge: 1 } };
    expect(await refusal(UPDATE, { input: { id, deploymentStrategy: mixed } })).toMatch(/^INVALID_INPUT: .*maxSurge does not belong to CANARY.*canaryPercentage is said by steps/);
  });

  it('a malformed model definition, by its field', async () => {
    const vfolderId = folder('broken-definition', { 'model-definition.yaml': 'models:\n  - name: m\n    model_path: /models\n    service:\n      start_command: [run]\n      port: high\n' });
    const revision = { ...revisionInput('mock', 'x'), modelVFolderConfig: { vfolderId } };
    expect(await refusal(REVISE, { input: { deploymentId: id, ...revision } })).toMatch(/^MODEL_DEFINITION_INVALID: .*models\[0\]\.service\.port/);
  });

  it('a model file that is missing or cut short', async () => {
    const empty = { ...revisionInput('llama.cpp', 'x'), modelVFolderConfig: { vfolderId: folder('empty-folder', {}) } };
    expect(await refusal(REVISE, { input: { deploymentId: id, ...empty } })).toMatch(/^MODEL_FILE_INVALID: .*there is none/);
    const whole = readFileSync(path.join(lab.dataDir, 'models', 'tiny-tales', 'tiny-tales.gguf'));
    const vfolderId = folder('cut-short', { 'm.gguf': whole });
    truncateSync(path.join(lab.dataDir, 'models', vfolderId, 'm.gguf'), Math.floor(whole.length / 2));
    const cut = { ...revisionInput('llama.cpp', 'x'), modelVFolderConfig: { vfolderId } };
    expect(await refusal(REVISE, { input: { deploymentId: id, ...cut } })).toMatch(/^MODEL_FILE_INVALID: .*cut short/);
  });

  it.each(['../../etc', '..', '/etc', 'a/../../b', 'tiny-tales/../..', '%2e%2e', 'x\u0000y', '.ssh'])('a model folder id that leads out of the root: %j', async (vfolderId) => {
    const revision = { ...revisionInput('mock', 'x'), modelVFolderConfig: { vfolderId } };
    expect(await refusal(REVISE, { input: { deploymentId: id, ...revision } })).toMatch(/^MODEL_FOLDER_NOT_FOUND/);
  });

  it.each(['../secret', '/etc/passwd', 'a/../../x', '..'])('a definition path that leads out of its folder: %j', async (definitionPath) => {
    const revision = { ...revisionInput('mock', 'x'), modelVFolderConfig: { vfolderId: 'tiny-tales', definitionPath } };
    expect(await refusal(REVISE, { input: { deploymentId: id, ...revision } })).toMatch(/^PATH_OUTSIDE_ROOT: modelVFolderConfig.definitionPath/);
  });

  it.each<[string, object, RegExp]>([
    ['an unknown variant', { modelRuntimeConfig: { runtimeVariant: 'warp' } }, /^INVALID_INPUT: .*"warp" is unknown; use one of/],
    ['memory that is no size', { resourceConfig: { resourceGroup: { name: 'g' }, resourceSlots: { cpu: 1, mem: 'lots' } } }, /^INVALID_INPUT: resourceConfig.resourceSlots.mem/],
    ['negative cores', { resourceConfig: { resourceGroup: { name: 'g' }, resourceSlots: { cpu: -4, mem: '1g' } } }, /^INVALID_INPUT: resourceConfig.resourceSlots.cpu/],
    ['S4.20 a required variable left out', { modelRuntimeConfig: { runtimeVariant: 'NVIDIA' } }, /^INVALID_INPUT: .*NGC_API_KEY is required/],
    ['an environ that is no object', { modelRuntimeConfig: { runtimeVariant: 'mock', environ: '[1]' } }, /^INVALID_INPUT: modelRuntimeConfig.environ/],
    ['X9 a service field of another variant', { modelRuntimeConfig: { runtimeVariant: 'CUSTOM', serviceConfig: { maxModelLength: 1 } } }, /^INVALID_INPUT: .*maxModelLength does not belong to custom/],
  ])('a revision with %s', async (_what, part, expected) => {
    expect(await refusal(REVISE, { input: { deploymentId: id, ...revisionInput('mock', 'x'), ...part } })).toMatch(expected);
  });

  it('a 10 MB query, 10 000-deep JSON and invalid UTF-8 at the gateway', async () => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${lab.adminToken}` };
    const large = await send(lab.graphUrl, headers, JSON.stringify({ query: `{ ${'a'.repeat(10 * 1024 * 1024)} }` }));
    expect([large.status, large.text]).toEqual([413, expect.stringContaining('QUERY_TOO_LARGE')]);
    const deep = await send(lab.graphUrl, headers, `{"query":"{ deployments { id } }","variables":${'['.repeat(10_000)}${']'.repeat(10_000)}}`);
    expect(deep.status).toBe(400);
    const bytes = await send(lab.graphUrl, headers, Buffer.concat([Buffer.from('{"query":"{ a'), Buffer.from([0xff, 0xfe]), Buffer.from(' }"}')]));
    expect(bytes.status).toBe(400);
    expect((await graph('{ deployments { id } }', {})).errors).toBeUndefined();
  });

  it('oversized bodies, deep JSON, invalid UTF-8 and unknown models at the proxy', async () => {
    const large = await chat(JSON.stringify({ model: 'steady', messages: [{ role: 'user', content: 'x'.repeat(3 * 1024 * 1024) }] }));
    expect(large.status).toBe(413);
    expect((await chat('['.repeat(10_000) + ']'.repeat(10_000))).status).toBe(400);
    const bytes = await chat(Buffer.concat([Buffer.from('{"model":"steady","messages":[{"role":"user","content":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}]}')]));
    expect(bytes.status).toBe(400);
    const unknown = await chat(JSON.stringify({ model: 'nobody', messages: [] }));
    expect([unknown.status, errorCode(unknown.text)]).toEqual([404, 'model_not_found']);
  });

  it('no token, a wrong token, a token that was revoked', async () => {
    const body = JSON.stringify({ model: 'steady', max_tokens: 2, messages: [{ role: 'user', content: 'hi' }] });
    expect((await send(lab.graphUrl, { 'content-type': 'application/json' }, '{"query":"{ deployments { id } }"}')).status).toBe(401);
    expect((await send(lab.graphUrl, { 'content-type': 'application/json', authorization: 'Bearer wrong' }, '{"query":"{ deployments { id } }"}')).status).toBe(401);
    expect((await chat(body, 'Bearer wrong')).status).toBe(401);
    const fresh = await createToken(lab, id);
    expect((await chat(body, `Bearer ${fresh}`)).status).toBe(200);
    const { deployment } = await lab.graph.ask<{ deployment: { accessTokens: { id: string; prefix: string }[] } }>('query ($id: ID!) { deployment(id: $id) { accessTokens { id prefix } } }', { id });
    const revoked = deployment.accessTokens.find(({ prefix }) => fresh.startsWith(prefix));
    const { deleteAccessToken } = await lab.graph.ask<{ deleteAccessToken: { acknowledgedProxies: string[]; missingProxies: string[] } }>(
      'mutation ($input: DeleteAccessTokenInput!) { deleteAccessToken(input: $input) { acknowledgedProxies missingProxies } }',
      { input: { deploymentId: id, id: revoked?.id } },
    );
    const { acknowledgedProxies, missingProxies } = deleteAccessToken;
    expect([...acknowledgedProxies, ...missingProxies]).toHaveLength(1);
    const refusal = async (): Promise<unknown> => {
      const { status, text } = await chat(body, `Bearer ${fresh}`);
      return status === 200 ? status : [status, errorCode(text)];
    };
    // One that stood still for too long is named as missing, and follows in its own time.
    if (missingProxies.length > 0) await waitUntil(async () => (await refusal()) !== 200, WAIT_LIMIT_MS, () => 'the token is still taken');
    expect(await refusal()).toEqual([401, 'invalid_api_key']);
    expect((await chat(body)).status).toBe(200);
  });

  it('no secret of a token stands in the log or in the services’ output', () => {
    const text = lab.shape.everythingWritten();
    expect(text).toContain('DeploymentCreated'); // it is the right text
    expect(text.includes(token)).toBe(false);
    expect(text.includes(lab.adminToken)).toBe(false);
  });

  it('clients that never finish their request are let go, and others are served meanwhile', async () => {
    const body = JSON.stringify({ model: 'steady', max_tokens: 2, messages: [{ role: 'user', content: 'hi' }] });
    const letGo = slowLoris(lab.proxyPort, 20);
    for (let served = 0; served < 20; served++) expect((await chat(body)).status).toBe(200);
    await letGo;
    expect((await chat(body)).status).toBe(200);
  });
});
