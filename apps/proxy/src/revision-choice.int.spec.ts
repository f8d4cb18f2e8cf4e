import type { Route } from '@slipway/domain';
import { createHash } from 'node:crypto';
import { ENGINES } from './testing/engines.js';
import { errorOf, ProxyFixture, type Question } from './testing/proxy-fixture.js';
import { answering, CHAT_COMPLETION, type ScriptedUpstream } from './testing/scripted-upstream.js';
import { HOLDER, routeTo, TOKEN } from './testing/table-fixtures.js';

const IDS = new Map([['1', 'rev-1'], ['2', 'rev-2'], ['3', 'rev-3'], ['rev-1', 'rev-1'], ['rev-2', 'rev-2'], ['rev-3', 'rev-3']]);
const PINNER = { ...HOLDER, token: 'slw-pinner', mayPinRevisions: true };
const STRANGER = { token: 'slw-stranger', deploymentId: 'd2', mayPinRevisions: true };

/** The rule of E11 word by word, apart from the code under test. */
const bucketOf = (key: string): number => createHash('sha256').update(`d1${key}`).digest().readUInt32BE(0) % 10_000;

describe.each(ENGINES)('the revision that serves, before $name', ({ engine }) => {
  async function twoRevisions(targetPercent: number, overrides: Partial<Route> = {}) {
    const fixture = await ProxyFixture.start({ engine, tokens: [HOLDER, PINNER, STRANGER], limits: { waitForReplicaMs: 50 } });
    const [target, previous] = [await fixture.upstream(answering(CHAT_COMPLETION)), await fixture.upstream(answering(CHAT_COMPLETION))];
    const weigh = (percent: number, more: Partial<Route> = {}): void => fixture.route([routeWith(target, previous, percent, { ...overrides, ...more })]);
    weigh(targetPercent);
    return { fixture, target, previous, weigh };
  }
  const revisionOf = async (fixture: ProxyFixture, question: Question): Promise<string | null> => (await fixture.ask(question)).headers.get('x-revision-id');
  const askAs = (session: string): Question => ({ headers: { 'x-session-id': session } });
  const userBody = (user: unknown): string => JSON.stringify({ messages: [], user, model: 'tiny' });

  it('is the same for the same session, by the bucket of its key, and a rising weight moves nobody back', async () => {
    const { fixture, weigh } = await twoRevisions(0);
    await using _ = fixture;
    const sessions = Array.from({ length: 12 }, (_, index) => `session-${index}`);
    for (const percent of [0, 20, 50, 100]) {
      weigh(percent);
      for (const session of sessions) expect(await revisionOf(fixture, askAs(session))).toBe(bucketOf(session) < percent * 100 ? 'rev-2' : 'rev-1');
    }
  });

  it('goes by the session before the user of the body, and by nothing where the route says so', async () => {
    const { fixture, weigh } = await twoRevisions(50);
    await using _ = fixture;
    const ours = (key: string): string => (bucketOf(key) < 5_000 ? 'rev-2' : 'rev-1');
    for (const user of ['kim', 'lee', 'ann', 'é "quoted"']) expect(await revisionOf(fixture, { body: userBody(user) })).toBe(ours(user));
    expect(await revisionOf(fixture, { ...askAs('s'), body: userBody('kim') })).toBe(ours('s'));
    weigh(50, { stickiness: 'token' });
    for (let i = 0; i < 6; i += 1) expect(await revisionOf(fixture, {})).toBe(ours(`t-${TOKEN}`));
    weigh(50, { stickiness: 'none' });
    const seen = new Set<string | null>();
    while (seen.size < 2) seen.add(await revisionOf(fixture, askAs('s')));
    weigh(50);
    seen.clear();
    while (seen.size < 2) seen.add(await revisionOf(fixture, { body: userBody(7) })); // no string, no key
  });

  it('is another one while that of a key has no ready replica', async () => {
    const { fixture, previous } = await twoRevisions(100);
    await using _ = fixture;
    fixture.route([routeWith(null, previous, 100)]);
    expect(await revisionOf(fixture, askAs('s'))).toBe('rev-1');
  });

  it.each([
    ['the header by number', { headers: { 'x-revision-id': '2' } }],
    ['the header by id', { headers: { 'x-revision-id': 'rev-2' } }],
    ['the model by number', { body: '{"model":"tiny@2","seed":12345678901234567890}' }],
    ['the model by id', { body: '{"model":"default/tiny@rev-2","messages":[]}' }],
    ['the header before the model', { headers: { 'x-revision-id': '2' }, body: '{"model":"tiny@1"}' }],
  ] as const)('is the one that an allowed token names in %s, whatever the weights', async (_what, question) => {
    const { fixture, target, previous } = await twoRevisions(0);
    await using _ = fixture;
    for (let i = 0; i < 3; i += 1) {
      const answer = await fixture.ask({ ...question, token: PINNER.token });
      expect([answer.status, answer.headers.get('x-revision-id'), answer.headers.get('x-route-version')]).toEqual([200, 'rev-2', '7']);
    }
    expect([target.received.length, previous.received.length]).toEqual([3, 0]);
    expect(target.received[0]?.headers['x-revision-id']).toBeUndefined();
    expect(target.received[0]?.body.toString()).not.toContain('@');
    if ('body' in question && question.body.includes('seed')) expect(target.received[0]?.body.toString()).toBe('{"model":"tiny","seed":12345678901234567890}');
    expect(await fixture.metric('slipway_proxy_pinned_requests_total{deployment="default/tiny",revision="rev-2"}')).toBe(3);
  });

  it('is nobody’s choice without a token of this deployment that allows it, open to the public or not', async () => {
    const { fixture, target, previous } = await twoRevisions(50, { openToPublic: true });
    await using _ = fixture;
    for (const token of [TOKEN, STRANGER.token, 'unknown', null])
      for (const question of [{ headers: { 'x-revision-id': '2' } }, { body: '{"model":"tiny@2"}' }, { headers: { 'x-revision-id': '99' } }]) {
        const { message, ...error } = await errorOf(await fixture.ask({ ...question, token }));
        expect(error).toEqual({ status: 403, type: 'invalid_request_error', param: null, code: 'revision_pin_not_allowed' });
        expect(message).toContain('mayPinRevisions');
      }
    expect([...target.received, ...previous.received]).toEqual([]);
  });

  it('is told from a revision that does not exist and one that is not ready', async () => {
    const { fixture } = await twoRevisions(50);
    await using _ = fixture;
    const pinned = async (revision: string) => errorOf(await fixture.ask({ token: PINNER.token, headers: { 'x-revision-id': revision } }));
    expect(await pinned('9')).toMatchObject({ status: 404, code: 'revision_not_found', message: 'The model `tiny` has no revision `9`.' });
    expect(await pinned('constructor')).toMatchObject({ status: 404 });
    expect(await pinned('3')).toMatchObject({ status: 503, code: 'revision_not_ready' });
  });

  it('is shown among the models, to those who may pin it', async () => {
    const { fixture } = await twoRevisions(50);
    await using _ = fixture;
    const show = (model: string, token = PINNER.token) => fixture.ask({ path: `/v1/models/${model}`, method: 'GET', token });
    expect(await (await show('tiny@2')).json()).toMatchObject({ id: 'tiny@2', object: 'model' });
    expect(await errorOf(await show('tiny@9'))).toMatchObject({ status: 404, code: 'revision_not_found', message: 'The model `tiny` has no revision `9`.' });
    expect(await errorOf(await show('tiny@2', HOLDER.token))).toMatchObject({ status: 403, code: 'revision_pin_not_allowed' });
    expect(await errorOf(await show('tiny@2', STRANGER.token))).toMatchObject({ status: 404, code: 'model_not_found' });
  });

  it('says of a hidden model with a pin what it says of one that does not exist', async () => {
    const { fixture } = await twoRevisions(50);
    await using _ = fixture;
    const hidden = await errorOf(await fixture.ask({ token: STRANGER.token, body: '{"model":"tiny@2"}' }));
    expect(hidden).toMatchObject({ status: 404, code: 'model_not_found', message: expect.stringContaining('`tiny@2`') as string });
  });
});

function routeWith(target: ScriptedUpstream | null, previous: ScriptedUpstream, percent: number, overrides: Partial<Route> = {}): Route {
  const revision = (revisionId: string, weightPercent: number, upstream: ScriptedUpstream | null) => ({
    revisionId,
    weightPercent,
    replicas: upstream === null ? [] : [{ replicaId: `of-${revisionId}`, revisionId, host: '127.0.0.1', port: upstream.port }],
  });
  return routeTo([], { revisionIds: IDS, revisions: [revision('rev-2', percent, target), revision('rev-1', 100 - percent, previous)], ...overrides });
}
