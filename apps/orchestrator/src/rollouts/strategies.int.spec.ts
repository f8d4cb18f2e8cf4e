import { NO_LATENCIES, type DeploymentStrategy, type TrafficReport } from '@slipway/domain';
import { openOrchestratorLab, type OrchestratorLab } from '../testing/orchestrator-lab.js';
import { until } from '../testing/until.js';

let lab: OrchestratorLab;
beforeEach(async () => void (lab = await openOrchestratorLab()));
afterEach(() => lab[Symbol.asyncDispose]());

const CANARY: DeploymentStrategy = { type: 'CANARY', config: { canaryPercentage: 10, canaryDuration: '3s', successThresholdPercent: 95 } };
const BLUE_GREEN: DeploymentStrategy = { type: 'BLUE_GREEN', config: { autoPromotionEnabled: false, terminationWaitTimeSeconds: 300 } };
const ROLLOUT = `id status strategy currentStep promotedAt reason
  steps { type state count weightPercent durationSeconds analysis { successThreshold minRequests } }
  forwardSteps { type state count weightPercent durationSeconds analysis { successThreshold minRequests } } turnedBackAtStep
  judgement { verdict next reason canaryRequests conditions { condition value lower upper threshold } }
  interventions { action actor reason }`;

/** A deployment that serves, and a second revision on its way. */
async function underWay(strategy: DeploymentStrategy, desiredReplicaCount = 2) {
  const { id, revisionId: first } = await lab.registry.create({ desiredReplicaCount, strategy });
  await lab.atRest(id, 'ACTIVE', desiredReplicaCount);
  const second = await lab.registry.publish(id);
  await lab.registry.activate(id, second);
  return { id, first, second };
}

const newest = async (id: string) => (await lab.ask(`query ($r: [_Any!]!) { _entities(representations: $r) { ... on ModelDeployment { rollout { ${ROLLOUT} } } } }`, { r: [{ __typename: 'ModelDeployment', id, instant: 'now' }] }))._entities[0].rollout;

async function atStep(id: string, type: string) {
  let rollout: Awaited<ReturnType<typeof newest>> = null;
  await until(`the rollout is at ${type}`, async () => {
    rollout = await newest(id);
    return rollout?.steps[rollout.currentStep]?.type === type;
  });
  return rollout as NonNullable<typeof rollout>;
}

const statesOf = (steps: readonly { readonly state: string }[]): readonly string[] => steps.map(({ state }) => state);
const typesOf = (steps: readonly { readonly type: string }[]): readonly string[] => steps.map(({ type }) => type);

const command = (name: string, input: object) => lab.ask(`mutation ($input: ${name === 'promoteRollout' ? 'PromoteRolloutInput' : name === 'skipRolloutStep' ? 'RolloutStepCommandInput' : 'RolloutCommandInput'}!) { ${name}(input: $input) { rollout { ${ROLLOUT} } } }`, { input });

let sequence = 0;
let served = { successes: 0, failures: 0 };
beforeEach(() => void ([sequence, served] = [0, { successes: 0, failures: 0 }]));

/** Proxy p1 says it has served so much more on the revision. */
function serve(deploymentId: string, revisionId: string, successes: number, failures: number): void {
  served = { successes: served.successes + successes, failures: served.failures + failures };
  const counts = { ...served, excluded: 0, failuresInARow: failures > 0 ? failures : 0, promptTokens: null, completionTokens: null };
  const latencies = { latency: NO_LATENCIES, timeToFirstToken: NO_LATENCIES, timePerOutputToken: NO_LATENCIES };
  const row = { deploymentId, revisionId, replicaId: 'any', kind: 'served' as const, ...counts, ...latencies, inFlight: 0 };
  const report: TrafficReport = { proxyId: 'p1', instanceId: 'i', sequence: ++sequence, sentAtMs: Date.now(), rows: [row] };
  lab.served.take(report);
}

describe('a canary', () => {
  it('is promoted by itself when what it serves is good, and keeps the old revision warm (S1.89)', async () => {
    const { id, second } = await underWay(CANARY);
    const rollout = await atStep(id, 'analyse');
    expect(rollout).toMatchObject({ status: 'RUNNING', strategy: 'CANARY', forwardSteps: rollout.steps, turnedBackAtStep: null });
    expect((await lab.look(id)).traffic).toEqual([{ revision: { id: second }, weightPercent: 10 }, { revision: expect.anything(), weightPercent: 90 }]);
    await until('it is promoted', async () => {
      serve(id, second, 10, 0);
      return (await newest(id))?.promotedAt !== null;
    });
    const promoted = await newest(id);
    expect(promoted.judgement).toMatchObject({ verdict: 'PASS', next: 'CONTINUE' });
    expect((await lab.look(id)).traffic).toEqual([{ revision: { id: second }, weightPercent: 100 }]);
    await until('its activation is confirmed', async () => (await lab.events('RevisionActivated')).length === 2);
    await until('it is active again', async () => (await lab.look(id)).status === 'ACTIVE');
    expect((await lab.look(id)).replicaManagement.replicas).toHaveLength(4);
    await until('its wait has begun', async () => (await lab.events('ProcessInputTaken')).some(({ timers }) => timers.some(({ timerId }: { timerId: string }) => timerId === `hold/${promoted.id}`)));
    lab.clock.advance(30_001);
    await lab.atRest(id, 'ACTIVE', 2);
  });

  it('goes back by itself when what it serves is bad, with the reason (S1.89)', async () => {
    const { id, first, second } = await underWay(CANARY);
    await atStep(id, 'analyse');
    await until('it is rolled back', async () => {
      serve(id, second, 0, 10);
      return (await newest(id))?.status === 'ROLLED_BACK';
    });
    const { reason, steps, forwardSteps, turnedBackAtStep } = await newest(id);
    expect(reason).toMatch(/fail/i);
    expect(forwardSteps[turnedBackAtStep]).toMatchObject({ type: 'analyse', state: 'PENDING' });
    expect(statesOf(forwardSteps)).toEqual(forwardSteps.map((_: unknown, index: number) => (index < turnedBackAtStep ? 'DONE' : 'PENDING')));
    expect(statesOf(steps)).toEqual(steps.map(() => 'DONE'));
    expect(typesOf(steps)).not.toEqual(typesOf(forwardSteps));
    expect((await lab.atRest(id, 'ACTIVE', 2)).traffic).toEqual([{ revision: { id: first }, weightPercent: 100 }]);
    expect((await lab.events('RolloutMeasured')).at(-1)).toMatchObject({ judgement: { verdict: 'FAIL', next: 'abort' } });
  });

  it('is held, not judged, when it served five requests; a person passes it by, under their name', async () => {
    const { id, second } = await underWay({ ...CANARY, config: { ...CANARY.config, canaryDuration: '1s' } });
    const { id: rolloutId } = await atStep(id, 'analyse');
    serve(id, second, 5, 0);
    await until('it is held', async () => (await newest(id))?.judgement?.next === 'HOLD');
    const { promoteRollout } = await command('promoteRollout', { rolloutId, reason: 'tried by hand' });
    expect(promoteRollout.rollout).toMatchObject({ interventions: [{ action: 'PROMOTE', actor: 'admin', reason: 'tried by hand' }] });
    expect(promoteRollout.rollout.steps[3]).toMatchObject({ type: 'analyse', state: 'SKIPPED' });
    await until('it is promoted', async () => (await newest(id))?.promotedAt !== null);
  });
});

describe('commands of people', () => {
  it('pause, resume, skip and abort, each once whatever is repeated, and each refused when it comes too late', async () => {
    const { id, first } = await underWay(BLUE_GREEN);
    const { id: rolloutId } = await atStep(id, 'hold');
    expect((await command('pauseRollout', { rolloutId, reason: 'lunch' })).pauseRollout.rollout).toMatchObject({ status: 'PAUSED' });
    await command('pauseRollout', { rolloutId });
    expect(await lab.events('RolloutPaused')).toHaveLength(1);
    expect((await command('resumeRollout', { rolloutId })).resumeRollout.rollout).toMatchObject({ status: 'RUNNING' });
    const wrong = { rolloutId, step: 0 };
    expect(await lab.refused('mutation ($input: RolloutStepCommandInput!) { skipRolloutStep(input: $input) { rollout { id } } }', { input: wrong })).toMatchObject({ code: 'STEP_NOT_UNDER_WAY' });
    expect((await command('abortRollout', { rolloutId, reason: 'not today' })).abortRollout.rollout).toMatchObject({ status: expect.stringMatching(/^ROLL(ING|ED)_BACK$/), interventions: expect.arrayContaining([{ action: 'ABORT', actor: 'admin', reason: 'not today' }]) });
    await until('it is rolled back', async () => (await newest(id))?.status === 'ROLLED_BACK');
    expect((await newest(id)).reason).toBe('aborted by admin: not today');
    expect((await lab.atRest(id, 'ACTIVE', 2)).traffic).toEqual([{ revision: { id: first }, weightPercent: 100 }]);
    for (const name of ['pauseRollout', 'resumeRollout', 'abortRollout'])
      expect(await lab.refused(`mutation ($input: RolloutCommandInput!) { ${name}(input: $input) { rollout { id } } }`, { input: { rolloutId } })).toMatchObject({ code: 'ROLLOUT_ENDED' });
    expect(await lab.refused('mutation { pauseRollout(input: { rolloutId: "nobody" }) { rollout { id } } }')).toMatchObject({ code: 'ROLLOUT_NOT_FOUND' });
  });

  it('promote blue-green in full; undoing it later needs a rollback, and is told so', async () => {
    const { id, second } = await underWay(BLUE_GREEN);
    const { id: rolloutId } = await atStep(id, 'hold');
    await command('promoteRollout', { rolloutId, full: true });
    await until('it is promoted', async () => (await newest(id))?.promotedAt !== null);
    expect((await lab.look(id)).traffic).toEqual([{ revision: { id: second }, weightPercent: 100 }]);
    expect(await lab.refused('mutation ($input: RolloutCommandInput!) { abortRollout(input: $input) { rollout { id } } }', { input: { rolloutId } })).toMatchObject({ code: 'ROLLOUT_PROMOTED' });
  });
});

describe('what an activation would do', () => {
  const PLAN = 'query ($d: ID!, $r: ID!) { activationPlan(deploymentId: $d, revisionId: $r) { strategy peakReplicaCount additionalReplicaCount additionalCpu warmReplicaCount steps { type count weightPercent } } }';

  it('is told without doing it: the steps, the traffic each gives it, and the capacity they take (S1.102)', async () => {
    const { id, revisionId } = await lab.registry.create({ desiredReplicaCount: 3, strategy: CANARY });
    await lab.atRest(id, 'ACTIVE', 3);
    await until('its activation is confirmed', async () => (await lab.events('RevisionActivated')).length === 1);
    const second = await lab.registry.publish(id);
    const before = await lab.askedFor();
    const { activationPlan } = await lab.ask(PLAN, { d: id, r: second });
    expect(activationPlan).toMatchObject({ strategy: 'CANARY', peakReplicaCount: 6, additionalReplicaCount: 3, additionalCpu: 3, warmReplicaCount: 0 });
    expect(activationPlan.steps.slice(0, 4).map(({ type }: { type: string }) => type)).toEqual(['launch', 'awaitReady', 'setWeight', 'analyse']);
    expect(activationPlan.steps.filter(({ type }: { type: string }) => type === 'setWeight').map(({ weightPercent }: { weightPercent: number }) => weightPercent)).toEqual([10, 100]);
    expect((await lab.ask(PLAN, { d: id, r: revisionId })).activationPlan).toMatchObject({ steps: [], additionalReplicaCount: 0, warmReplicaCount: 3 });
    expect(await lab.askedFor()).toEqual(before);
  });

  it('is refused for what there is not', async () => {
    const { id } = await lab.registry.create();
    expect(await lab.refused(PLAN, { d: id, r: 'constructor' })).toMatchObject({ code: 'REVISION_NOT_FOUND' });
    expect(await lab.refused(PLAN, { d: 'nobody', r: 'x' })).toMatchObject({ code: 'DEPLOYMENT_NOT_FOUND' });
  });
});
