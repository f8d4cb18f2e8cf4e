import { serializeEvent, streams } from '@slipway/contracts';
import { ACCESS_TOKENS_MAX, type AccessEvent } from '@slipway/domain';
import { CREATE, CREATE_REVISION, DELETE, deployed, deploymentInput, revisionInput, UPDATE } from './testing/deployment-inputs.js';
import { openRegistryLab, type RegistryLab } from './testing/registry-lab.js';

// retry
const RETRY = 'mutation ($input: RetryRolloutInput!) { retryRollout(input: $input) { deployment { id } } }';
const ROLLBACK = 'mutation ($id: ID!, $reason: String, $toRevisionId: ID, $toTime: DateTime) { rollbackModelDeployment(id: $id, reason: $reason, toRevisionId: $toRevisionId, toTime: $toTime) { deployment { id } } }';
const CREATE_TOKEN = 'mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { accessToken { id } } }';
const LONG_REASON = 'r'.repeat(1_001);

let lab: RegistryLab;
beforeEach(async () => void (lab = await openRegistryLab()));
afterEach(() => lab[Symbol.asyncDispose]());

/** What it is refused with; the log is as it was, but for what goes on without being asked for. */
async function refusal(query: string, variables: Record<string, unknown>): Promise<string> {
  const before = await lab.written();
  const { code, message } = await lab.refused(query, variables);
  expect(await lab.written()).toBe(before);
  return `${code}: ${message}`;
}

/** Facts as if so many requests had made them. */
async function record(streamId: string, events: readonly AccessEvent[]): Promise<void> {
  await lab.log.append(streamId, events.map((event, index) => ({ id: `${streamId}-${index}`, ...serializeEvent(event), metadata: { actor: 'admin' } })), 'none');
}

describe('a request is refused, and the log stays as it was,', () => {
  it('when there is nothing to retry: no such rollout, one that arrived, one of another deployment', async () => {
    const id = await deployed(lab);
    const [{ data }] = (await Array.fromAsync(lab.log.readAll({ filter: { types: ['RevisionActivationRequested'] } }))) as unknown as [{ data: { activationId: string } }];
    for (const rolloutId of ['nobody', 'constructor', 'nul\0', '', data.activationId]) expect(await refusal(RETRY, { input: { deploymentId: id, rolloutId } })).toMatch(/^NOTHING_TO_RETRY: /);
    expect(await refusal(RETRY, { input: { deploymentId: 'nobody', rolloutId: data.activationId } })).toMatch(/^DEPLOYMENT_NOT_FOUND: /);
  });

  it('when a reason is too long, whatever it is given for', async () => {
    const id = await deployed(lab);
    const tooLong = /^INVALID_INPUT: reason has 1001 characters; 1000 are allowed/;
    expect(await refusal(RETRY, { input: { deploymentId: id, rolloutId: 'nobody', reason: LONG_REASON } })).toMatch(tooLong);
    expect(await refusal(UPDATE, { input: { id, tags: ['other'], reason: LONG_REASON } })).toMatch(tooLong);
    expect(await refusal(ROLLBACK, { id, toRevisionId: 'any', reason: LONG_REASON })).toMatch(tooLong);
  });

  it('when it is not said where to roll back to, or said twice', async () => {
    const id = await deployed(lab);
    for (const target of [{}, { toRevisionId: 'r', toTime: '2026-11-20T12:00:00.000Z' }]) expect(await refusal(ROLLBACK, { id, ...target })).toMatch(/^INVALID_INPUT: /);
    expect(await refusal(ROLLBACK, { id, toRevisionId: 'constructor' })).toMatch(/^REVISION_NOT_FOUND: /);
    expect(await refusal(ROLLBACK, { id, toTime: '2000-01-01T00:00:00.000Z' })).toMatch(/^NOTHING_AT_THAT_TIME: /);
  });

  it('when the deployment is being deleted', async () => {
    await using quiet = await openRegistryLab({ withFleet: false });
    const { createModelDeployment } = await quiet.ask(CREATE, { input: deploymentInput() });
    const { id } = createModelDeployment.deployment;
    await quiet.ask(DELETE, { id });
    const before = await quiet.written();
    const refused = [
      await quiet.refused(UPDATE, { input: { id, tags: ['late'] } }),
      await quiet.refused(ROLLBACK, { id, toRevisionId: 'any' }),
      await quiet.refused(RETRY, { input: { deploymentId: id, rolloutId: 'any' } }),
      await quiet.refused(CREATE_REVISION, { input: { deploymentId: id, ...revisionInput() } }),
      await quiet.refused(CREATE_TOKEN, { input: { deploymentId: id } }),
    ];
    expect(refused.map(({ code }) => code)).toEqual(Array(5).fill('DEPLOYMENT_GONE'));
    expect(await quiet.written()).toBe(before);
  });

  it.each<[string, string, object, readonly string[]]>([
    ['fields of another strategy', 'CANARY', { steps: [{ setWeight: 10 }], maxSurge: 1 }, ['maxSurge']],
    ['no steps', 'CANARY', { steps: [] }, ['steps']],
    ['too many steps', 'CANARY', { steps: Array(51).fill({ setWeight: 10 }) }, ['steps']],
    ['a triple beside steps', 'CANARY', { steps: [{ setWeight: 10 }], canaryPercentage: 5 }, ['canaryPercentage']],
    ['two things in one step', 'CANARY', { steps: [{ setWeight: 10, setMirror: 5 }, {}] }, ['steps[0]', 'steps[1]']],
    ['falling weights', 'CANARY', { steps: [{ setWeight: 50 }, { setWeight: 20 }] }, ['steps[1].setWeight']],
    ['no share', 'CANARY', { steps: [{ setWeight: 101 }, { setMirror: -1 }, { setCanaryScale: { replicas: 0 } }] }, ['steps[0].setWeight', 'steps[1].setMirror', 'steps[2].setCanaryScale.replicas']],
    ['no duration', 'CANARY', { steps: [{ pause: { duration: 'soon' } }] }, ['steps[0].pause.duration']],
    ['an analysis that ends never', 'CANARY', { steps: [{ analysis: {} }] }, ['steps[0].analysis.duration', 'steps[0].analysis.successThreshold']],
    ['an analysis of nothing', 'BLUE_GREEN', { autoPromotionEnabled: true, analysis: { duration: '1m', successThreshold: 101, minRequests: 0 } }, ['analysis.successThreshold', 'analysis.minRequests']],
    ['a wait over a week', 'BLUE_GREEN', { autoPromotionEnabled: true, autoPromotionSeconds: 604_801 }, ['autoPromotionSeconds']],
    ['a deadline that is none', 'ROLLING', { progressDeadlineSeconds: 1 }, ['progressDeadlineSeconds']],
  ])('when a strategy has %s (X9)', async (_what, type, config, fields) => {
    const id = await deployed(lab);
    const before = await lab.written();
    const { code, problems } = await lab.refused(UPDATE, { input: { id, tags: ['other'], deploymentStrategy: { type, config } } });
    expect({ code, fields: problems.map(({ field }) => field) }).toEqual({ code: 'INVALID_INPUT', fields: fields.map((field) => `deploymentStrategy.config.${field}`) });
    expect(await lab.written()).toBe(before);
  });

  it('when the deployment has as many tokens as it may have', async () => {
    const id = await deployed(lab);
    const token = (index: number): AccessEvent => ({
      type: 'AccessTokenCreated', tokenId: `t${index}`, deploymentId: id, name: null, hash: '0'.repeat(64), prefix: 'slipway_', createdBy: 'admin', expiresAtMs: null, mayPinRevisions: false, atMs: 1,
    });
    await record(streams.access(id), Array.from({ length: ACCESS_TOKENS_MAX }, (_, index) => token(index)));
    expect(await refusal(CREATE_TOKEN, { input: { deploymentId: id } })).toBe(`TOO_MANY_TOKENS: a deployment may have ${ACCESS_TOKENS_MAX} living access tokens; delete one`);
  });
});
