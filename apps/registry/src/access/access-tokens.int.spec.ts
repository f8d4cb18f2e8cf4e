import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { deployed } from '../testing/deployment-inputs.js';
import { openRegistryLab, type RegistryLab } from '../testing/registry-lab.js';

const CREATE = `mutation ($input: CreateAccessTokenInput!) {
  createAccessToken(input: $input) { accessToken { id name token prefix createdUser { email } createdAt expiresAt mayPinRevisions } } }`;
const DELETE = 'mutation ($input: DeleteAccessTokenInput!) { deleteAccessToken(input: $input) { deletedId acknowledgedProxies missingProxies } }';
const LIST = 'query ($id: ID!) { deployment(id: $id) { accessTokens { id name token prefix createdUser { email } createdAt expiresAt mayPinRevisions } } }';

let lab: RegistryLab;
let deploymentId: string;
const waits: number[] = [];
const proxies = {
  waitFor: (position: number) => {
    waits.push(position);
    return Promise.resolve({ acknowledged: ['proxy-1'], missing: ['proxy-2'] });
  },
};
beforeEach(async () => {
  waits.length = 0;
  lab = await openRegistryLab({ log: 'sqlite', proxies });
  deploymentId = await deployed(lab);
});
afterEach(() => lab[Symbol.asyncDispose]());

const create = async (rest: Record<string, unknown> = {}, actor = 'admin') => (await lab.ask(CREATE, { input: { deploymentId, ...rest } }, { actor })).createAccessToken.accessToken;
const list = async () => (await lab.ask(LIST, { id: deploymentId })).deployment.accessTokens;

describe('access tokens', () => {
  it('are shown once, and listed without their secret (S1.27, X4, X11)', async () => {
    const expiresAt = new Date(lab.clock.nowMs() + 3_600_000).toISOString();
    const { token, ...made } = await create({ name: 'ci', expiresAt }, 'kim@lablup.com');
    expect(token).toMatch(/^slipway_[\w-]{43}$/);
    expect(made).toMatchObject({ name: 'ci', prefix: token.slice(0, 14), createdUser: { email: 'kim@lablup.com' }, expiresAt });
    expect(await list()).toEqual([{ ...made, token: null }]);
  });

  it('may be made to choose revisions, and do not unless asked to', async () => {
    expect((await create()).mayPinRevisions).toBe(false);
    expect((await create({ mayPinRevisions: null })).mayPinRevisions).toBe(false);
    const { id, mayPinRevisions } = await create({ mayPinRevisions: true });
    expect(mayPinRevisions).toBe(true);
    expect((await list()).filter((token: { mayPinRevisions: boolean }) => token.mayPinRevisions).map((token: { id: string }) => token.id)).toEqual([id]);
  });

  it('differ from each other', async () => {
    const made = [await create(), await create({ name: null })];
    expect(new Set(made.flatMap(({ id, token }) => [id, token])).size).toBe(4);
    expect((await list()).map(({ name }: { name: null }) => name)).toEqual([null, null]);
  });

  it('are nowhere on disk or in a log line; the log holds a hash', async () => {
    const { token } = await create();
    await lab.restart();
    const files = readdirSync(lab.folder, { recursive: true, encoding: 'utf8' }).map((name) => path.join(lab.folder, name)).filter((file) => statSync(file).isFile());
    const everything = Buffer.concat([...files.map((file) => readFileSync(file)), Buffer.from(lab.lines.join(''))]);
    expect(everything.includes(token.slice(14))).toBe(false);
    expect(everything.includes(createHash('sha256').update(token).digest('hex'))).toBe(true);
  });

  it('are answered when the proxies were told, and deleted ones name the proxies that do not know yet', async () => {
    const { id } = await create();
    const { deleteAccessToken } = await lab.ask(DELETE, { input: { deploymentId, id } });
    expect(deleteAccessToken).toEqual({ deletedId: id, acknowledgedProxies: ['proxy-1'], missingProxies: ['proxy-2'] });
    const told = await Array.fromAsync(lab.log.readAll({ filter: { types: ['AccessTokenCreated', 'AccessTokenDeleted'] } }));
    expect(waits).toEqual(told.map(({ position }) => position));
    expect(await list()).toEqual([]);
  });

  it('may be deleted twice, and not without existing', async () => {
    const { id } = await create();
    for (let time = 0; time < 2; time++) expect((await lab.ask(DELETE, { input: { deploymentId, id } })).deleteAccessToken.deletedId).toBe(id);
    for (const unknown of ['nothing', 'constructor', '']) expect((await lab.refused(DELETE, { input: { deploymentId, id: unknown } })).code).toBe('TOKEN_NOT_FOUND');
  });

  it("are not deleted through another deployment's id", async () => {
    const other = await deployed(lab, { name: 'other' });
    const { id } = await create();
    expect((await lab.refused(DELETE, { input: { deploymentId: other, id } })).code).toBe('TOKEN_NOT_FOUND');
    expect(await list()).toHaveLength(1);
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(129) }, 'name'],
    [{ name: 'a\nb' }, 'name'],
  ])('are refused as %j', async (rest, field) => {
    const { code, problems } = await lab.refused(CREATE, { input: { deploymentId, ...rest } });
    expect({ code, field: problems[0]?.field }).toEqual({ code: 'INVALID_INPUT', field });
  });

  it('are refused when they would have expired already', async () => {
    for (const expiresAt of ['2000-01-01T00:00:00.000Z', new Date(lab.clock.nowMs()).toISOString()])
      expect(await lab.refused(CREATE, { input: { deploymentId, expiresAt } })).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('expiresAt') });
  });

  it('that have expired are still listed, with their time', async () => {
    const expiresAt = new Date(lab.clock.nowMs() + 1000).toISOString();
    const { id } = await create({ expiresAt });
    lab.clock.advance(2000);
    expect(await list()).toEqual([expect.objectContaining({ id, expiresAt })]);
  });
});
