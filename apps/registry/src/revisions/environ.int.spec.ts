import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { CREATE, CREATE_REVISION, deployed, deploymentInput, revisionInput } from '../testing/deployment-inputs.js';
import { openRegistryLab, type RegistryLab } from '../testing/registry-lab.js';

const SECRETS = { HF_TOKEN: 'hf_AbCdEfGh0123456789', NGC_API_KEY: 'nvapi-ZyXwVu9876543210', DB_PASSWORD: 'correct-horse-battery', apiKey: 'plain-spelling-still-secret' };
const PLAIN = { CUDA_VISIBLE_DEVICES: '0,1', LOG_LEVEL: 'debug' };

describe('the environment of a revision', () => {
  let lab: RegistryLab;
  let id: string;
  beforeAll(async () => {
    lab = await openRegistryLab({ log: 'sqlite' });
    const modelRuntimeConfig = { runtimeVariant: 'mock', environ: JSON.stringify({ ...SECRETS, ...PLAIN }) };
    id = await deployed(lab, { initialRevision: revisionInput({ modelRuntimeConfig }) });
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  const publish = (environ: unknown, key?: string) =>
    lab.ask(CREATE_REVISION, { input: { deploymentId: id, ...revisionInput({ modelRuntimeConfig: { runtimeVariant: 'mock', environ: typeof environ === 'string' ? environ : JSON.stringify(environ) } }) } }, key === undefined ? {} : { idempotencyKey: key });
  const refused = (environ: unknown) =>
    lab.refused(CREATE_REVISION, { input: { deploymentId: id, ...revisionInput({ modelRuntimeConfig: { runtimeVariant: 'mock', environ: typeof environ === 'string' ? environ : JSON.stringify(environ) } }) } });

  it('shows secret values as *** and the others as they are (S1.63)', async () => {
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { revision { modelRuntimeConfig { environ } } } }', { id });
    const masked = Object.fromEntries(Object.keys(SECRETS).map((name) => [name, '***']));
    expect(JSON.parse(deployment.revision.modelRuntimeConfig.environ)).toEqual({ ...masked, ...PLAIN });
  });

  it('keeps secret values out of the log, the rows, the log lines and the file names', async () => {
    await lab.refused(CREATE, { input: deploymentInput({ name: 'bad name', initialRevision: revisionInput({ modelRuntimeConfig: { runtimeVariant: 'mock', environ: JSON.stringify({ ...SECRETS, 'no name': 'x' }) } }) }) });
    await lab.restart();
    const files = readdirSync(lab.folder, { recursive: true, encoding: 'utf8' }).map((name) => path.join(lab.folder, name)).filter((file) => statSync(file).isFile());
    const everything = Buffer.concat([...files.flatMap((file) => [Buffer.from(file), readFileSync(file)]), Buffer.from(lab.lines.join(''))]);
    expect(files.filter((file) => /\.sqlite(-wal)?$/.test(file)).length).toBeGreaterThanOrEqual(2);
    expect(everything.includes('CUDA_VISIBLE_DEVICES')).toBe(true);
    for (const [name, value] of Object.entries(SECRETS)) expect({ name, isWritten: everything.includes(value) }).toEqual({ name, isWritten: false });
  });

  it('keeps what the engine needs: the store gives the values back', async () => {
    const { createModelRevision } = await publish(SECRETS);
    const read = await lab.log.readStream(`revision-${createModelRevision.revision.id}`);
    const [recorded] = 'found' in read ? await Array.fromAsync(read.found) : [];
    const { environ } = (recorded?.data as { spec: { modelRuntimeConfig: { environ: Record<string, { secretRef: string }> } } }).spec.modelRuntimeConfig;
    for (const [name, value] of Object.entries(SECRETS)) expect(await lab.secrets.get(environ[name]?.secretRef ?? '')).toBe(value);
  });

  it('gives equal secrets an equal content hash and others another', async () => {
    const hash = async (environ: object) => (await publish(environ)).createModelRevision.revision.contentHash as string;
    expect(await hash({ HF_TOKEN: 'one' })).toBe(await hash({ HF_TOKEN: 'one' }));
    expect(await hash({ HF_TOKEN: 'one' })).not.toBe(await hash({ HF_TOKEN: 'two' }));
  });

  it('refuses the mask in place of a secret: it was copied from an answer', async () => {
    const { code, problems } = await refused({ HF_TOKEN: '***' });
    expect({ code, fields: problems.map(({ field }) => field) }).toEqual({ code: 'INVALID_INPUT', fields: ['modelRuntimeConfig.environ.HF_TOKEN'] });
  });

  it.each([
    ['[]', 'modelRuntimeConfig.environ'],
    ['"text"', 'modelRuntimeConfig.environ'],
    ['{"1A":"x"}', 'modelRuntimeConfig.environ'],
    ['{"":"x"}', 'modelRuntimeConfig.environ'],
    ['{"A=B":"x"}', 'modelRuntimeConfig.environ'],
    ['{"A":1}', 'modelRuntimeConfig.environ.A'],
    ['{"A":null}', 'modelRuntimeConfig.environ.A'],
    ['{"A":"a\\u0000b"}', 'modelRuntimeConfig.environ.A'],
    ['{"PATH":"/tmp"}', 'modelRuntimeConfig.environ.PATH'],
    ['{"LD_PRELOAD":"/tmp/x.so"}', 'modelRuntimeConfig.environ.LD_PRELOAD'],
    ['{"NODE_OPTIONS":"--require x"}', 'modelRuntimeConfig.environ.NODE_OPTIONS'],
    ['{"SLIPWAY_ADMIN_TOKEN":"x"}', 'modelRuntimeConfig.environ.SLIPWAY_ADMIN_TOKEN'],
  ])('refuses %s, naming %s', async (environ, field) => {
    const { code, problems } = await refused(environ);
    expect({ code, fields: problems.map((problem) => problem.field) }).toEqual({ code: 'INVALID_INPUT', fields: [field] });
  });

  it.each([
    ['a value that is too long', { A: 'x'.repeat(40_000) }, 'modelRuntimeConfig.environ.A'],
    ['too many variables', Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`V${index}`, ''])), 'modelRuntimeConfig.environ'],
  ])('refuses %s', async (_what, environ, field) => {
    expect((await refused(environ)).problems.map((problem) => problem.field)).toEqual([field]);
  });

  it('refuses what is no JSON, and says no word of what it held', async () => {
    const { code, message } = await refused('{"HF_TOKEN": "hf_halfwritten');
    expect(code).toBe('INVALID_INPUT');
    expect(message).not.toContain('hf_halfwritten');
  });

  it('is not fooled by names every object has', async () => {
    expect((await refused('{"__proto__": "a"}')).code).toBe('INVALID_INPUT');
    const { createModelRevision } = await publish('{"constructor": "b"}');
    const { revision } = await lab.ask('query ($id: ID!) { revision(id: $id) { modelRuntimeConfig { environ } } }', { id: createModelRevision.revision.id });
    expect(revision.modelRuntimeConfig.environ).toBe('{"constructor":"b"}');
  });
});
