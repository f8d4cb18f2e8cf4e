import { streams } from '@slipway/contracts';
import { CREATE, DELETE, deployed, deploymentInput, UPDATE } from '../testing/deployment-inputs.js';
import { openRegistryLab, type RegistryLab } from '../testing/registry-lab.js';
import { until } from '../testing/until.js';

let lab: RegistryLab;
beforeEach(async () => void (lab = await openRegistryLab()));
afterEach(() => lab[Symbol.asyncDispose]());

const create = (changes: Record<string, unknown> = {}) => lab.ask(CREATE, { input: deploymentInput(changes) });
const refused = (changes: Record<string, unknown>) => lab.refused(CREATE, { input: deploymentInput(changes) });
const gone = (id: string) =>
  until('the deployment is destroyed', async () => (await lab.ask('{ deployments(filter: { status: DESTROYED }) { id } }')).deployments.some((deployment: { id: string }) => deployment.id === id));

/** Ids of the timers that processes have set. */
const timersSet = async (): Promise<readonly string[]> =>
  (await Array.fromAsync(lab.log.readAll({ filter: { types: ['ProcessInputTaken'] } }))).flatMap(({ data }) => (data as { timers: { timerId: string }[] }).timers.map(({ timerId }) => timerId));

describe('names', () => {
  it('are unique in a domain, and free in another (S1.10)', async () => {
    await create();
    expect(await refused({})).toMatchObject({ code: 'NAME_TAKEN', message: expect.stringContaining('"tiny"') });
    await create({ domain: 'other' });
  });

  it('go to one of many who want them at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => create()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('do not meet the host names: the domain "host" is one like any other', async () => {
    await create({ domain: 'host', name: 'a.b' });
    await create({ name: 'other', preferredDomainName: 'a.b' });
  });

  it('are unique for hosts over all domains, whatever their case; a refused one gives the name back', async () => {
    await create({ preferredDomainName: 'falcon.mycompany.ai' });
    expect((await refused({ name: 'second', domain: 'other', preferredDomainName: 'FALCON.mycompany.ai' })).code).toBe('HOST_NAME_TAKEN');
    await create({ name: 'second', domain: 'other' });
  });

  it('are free again after a renaming, a change of host and a deletion', async () => {
    const id = await deployed(lab, { preferredDomainName: 'a.example' });
    await lab.ask(UPDATE, { input: { id, name: 'moved', preferredDomainName: 'b.example' } });
    await until('the old name is free', () => create({ preferredDomainName: 'a.example' }).catch(() => null));
    expect((await refused({ name: 'moved' })).code).toBe('NAME_TAKEN');
    await lab.ask(DELETE, { id });
    await gone(id);
    await until('the last names are free', () => create({ name: 'moved', preferredDomainName: 'b.example' }).catch(() => null));
  });

  it('go back when the creation was cut short after they were reserved (S1.10)', async () => {
    lab.cut((streamId) => streamId.startsWith('revision-'));
    expect((await refused({ preferredDomainName: 'c.example' })).code).toBe('INTERNAL');
    lab.cut(null);
    expect((await refused({})).code).toBe('NAME_TAKEN');
    expect((await refused({ name: 'x', preferredDomainName: 'c.example' })).code).toBe('HOST_NAME_TAKEN');
    await until('both are watched', async () => new Set(await timersSet()).isSupersetOf(new Set([streams.name('default', 'tiny'), streams.host('c.example')].map((stream) => `reservation/${stream}`))));
    await lab.restart();
    lab.clock.advance(60_001);
    await until('the name is free', () => create({ preferredDomainName: 'c.example' }).catch(() => null));
  });

  it('stay reserved for a deployment that bears them, when the limit has passed', async () => {
    const id = await deployed(lab, { preferredDomainName: 'd.example' });
    await lab.ask(UPDATE, { input: { id, name: 'renamed' } });
    lab.clock.advance(60_001);
    await until('the first name is free', () => create().catch(() => null));
    expect((await refused({ name: 'renamed' })).code).toBe('NAME_TAKEN');
    expect((await refused({ name: 'x', preferredDomainName: 'd.example' })).code).toBe('HOST_NAME_TAKEN');
  });

  it('that were never taken up go back, when the renaming was refused', async () => {
    const id = await deployed(lab);
    const wrong = { input: { id, name: 'wanted', preferredDomainName: 'wanted.example', activeRevisionId: 'nothing' } };
    expect((await lab.refused(UPDATE, wrong)).code).toBe('REVISION_NOT_FOUND');
    await create({ name: 'wanted', preferredDomainName: 'wanted.example' });
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { name preferredDomainName } }', { id });
    expect(deployment).toEqual({ name: 'tiny', preferredDomainName: null });
  });

  it('that another request is about to take up are not given away by one that is refused', async () => {
    await using impatient = await openRegistryLab({ reservedWaitMs: 0 });
    const id = await deployed(impatient);
    const other = { type: 'NameReserved', version: 1, data: { deploymentId: id, atMs: 1 }, metadata: { actor: 'admin', commandId: 'another/name' } };
    await impatient.log.append(streams.name('default', 'wanted'), [{ id: 'another', ...other }], 'none');
    expect((await impatient.refused(UPDATE, { input: { id, name: 'wanted', activeRevisionId: 'nothing' } })).code).toBe('CONTENTION');
    expect((await impatient.refused(CREATE, { input: deploymentInput({ name: 'wanted' }) })).code).toBe('NAME_TAKEN');
  });

  it('that the deployment bears by now stay, when another renaming to them is refused', async () => {
    const id = await deployed(lab);
    const rename = { id, name: 'wanted', preferredDomainName: 'wanted.example' };
    await Promise.allSettled([
      lab.ask(UPDATE, { input: rename }),
      lab.ask(UPDATE, { input: { ...rename, activeRevisionId: 'nothing' } }),
      lab.ask(UPDATE, { input: { ...rename, activeRevisionId: 'nothing' } }),
    ]);
    const { deployment } = await lab.ask('query ($id: ID!) { deployment(id: $id) { name } }', { id });
    expect(deployment.name).toBe('wanted');
    expect((await refused({ name: 'wanted' })).code).toBe('NAME_TAKEN');
    expect((await refused({ name: 'x', preferredDomainName: 'wanted.example' })).code).toBe('HOST_NAME_TAKEN');
  });
});
