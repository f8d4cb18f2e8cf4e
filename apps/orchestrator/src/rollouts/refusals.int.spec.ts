import type { DeploymentStrategy } from '@slipway/domain';
import { openOrchestratorLab, type OrchestratorLab } from '../testing/orchestrator-lab.js';
import { until } from '../testing/until.js';
import { REASON_CHARACTERS_MAX } from './rollout-commands.js';

let lab: OrchestratorLab;
beforeEach(async () => void (lab = await openOrchestratorLab()));
afterEach(() => lab[Symbol.asyncDispose]());

const BLUE_GREEN: DeploymentStrategy = { type: 'BLUE_GREEN', config: { autoPromotionEnabled: false, terminationWaitTimeSeconds: 300 } };
const ROLLING: DeploymentStrategy = { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } };
const INPUTS = {
  pauseRollout: 'RolloutCommandInput',
  resumeRollout: 'RolloutCommandInput',
  abortRollout: 'RolloutCommandInput',
  skipRolloutStep: 'RolloutStepCommandInput',
  promoteRollout: 'PromoteRolloutInput',
} as const;
type Command = keyof typeof INPUTS;
const COMMANDS = Object.keys(INPUTS) as readonly Command[];

const mutation = (command: Command) => `mutation ($input: ${INPUTS[command]}!) { ${command}(input: $input) { rollout { id status } } }`;
const command = (name: Command, input: object) => lab.ask(mutation(name), { input });
const rollout = async (id: string) =>
  (await lab.ask('query ($r: [_Any!]!) { _entities(representations: $r) { ... on ModelDeployment { rollout { id status currentStep promotedAt steps { type } } } } }', { r: [{ __typename: 'ModelDeployment', id, instant: 'now' }] }))._entities[0].rollout;

/** The rollout of a second revision, when it has come to this step. */
async function at(stepType: string, strategy: DeploymentStrategy, neverReady = false) {
  const { id } = await lab.registry.create({ desiredReplicaCount: 1, strategy });
  const { replicaManagement } = await lab.atRest(id, 'ACTIVE', 1);
  if (neverReady) {
    lab.health.everyone = 503;
    for (const replica of replicaManagement.replicas) lab.health.answers.set(replica.id, 200);
  }
  await lab.registry.activate(id, await lab.registry.publish(id));
  let seen: Awaited<ReturnType<typeof rollout>>;
  await until(`the rollout is at ${stepType}`, async () => {
    seen = await rollout(id);
    return seen?.steps[seen.currentStep]?.type === stepType;
  });
  return { id, rolloutId: seen.id as string, currentStep: seen.currentStep as number };
}

/** The code it is refused with; the log is as it was, but for what goes on without being asked for. */
async function refusal(name: Command, input: object): Promise<string> {
  const before = await lab.askedFor();
  const { code, message } = await lab.refused(mutation(name), { input });
  expect(await lab.askedFor()).toEqual(before);
  return `${code}: ${message}`;
}

describe('a command to a rollout is refused, and the log stays as it was,', () => {
  it.each(COMMANDS)('when there is no such rollout: %s', async (name) => {
    for (const rolloutId of ['nobody', 'constructor', '../..', 'nul\0', 'x'.repeat(3000), '']) expect(await refusal(name, { rolloutId })).toMatch(/^ROLLOUT_NOT_FOUND: /);
  });

  it('when its reason is too long, whatever the command', async () => {
    const { rolloutId } = await at('hold', BLUE_GREEN);
    const reason = 'r'.repeat(REASON_CHARACTERS_MAX + 1);
    for (const name of COMMANDS) expect(await refusal(name, { rolloutId, reason })).toBe(`INVALID_INPUT: reason has 1001 characters; ${REASON_CHARACTERS_MAX} are allowed`);
    expect(await rollout((await lab.events('DeploymentCreated'))[0].deploymentId)).toMatchObject({ status: 'RUNNING' });
    expect((await command('pauseRollout', { rolloutId, reason: 'r'.repeat(REASON_CHARACTERS_MAX) })).pauseRollout.rollout.status).toBe('PAUSED');
  });

  it('when another step is meant than the one under way', async () => {
    const { rolloutId, currentStep } = await at('hold', BLUE_GREEN);
    for (const name of ['skipRolloutStep', 'promoteRollout'] as const)
      for (const step of [-1, currentStep - 1, currentStep + 1, 2_147_483_647])
        expect(await refusal(name, { rolloutId, step })).toMatch(new RegExp(`^STEP_NOT_UNDER_WAY: step ${step} of .* is not under way, step ${currentStep} is`));
  });

  it('when there is nothing to pass by: what is done is waited for, not skipped', async () => {
    const { rolloutId } = await at('awaitReady', ROLLING, true);
    for (const [name, input] of [['skipRolloutStep', {}], ['promoteRollout', {}], ['promoteRollout', { full: true }]] as const)
      expect(await refusal(name, { rolloutId, ...input })).toMatch(/^NOTHING_TO_PASS: step \d of rollout .* \(awaitReady\) cannot be passed by/);
  });

  it('when it is on its way back; aborting it again is no other wish', async () => {
    const { id, rolloutId } = await at('hold', BLUE_GREEN);
    lab.proxyFollows = false;
    await command('abortRollout', { rolloutId });
    for (const name of COMMANDS.filter((one) => one !== 'abortRollout')) expect(await refusal(name, { rolloutId })).toMatch(/^ROLLOUT_GOING_BACK: /);
    const before = await lab.askedFor();
    expect((await command('abortRollout', { rolloutId })).abortRollout.rollout.status).toBe('ROLLING_BACK');
    expect(await lab.askedFor()).toEqual(before);
    lab.proxyFollows = true;
    await lab.report();
    await until('it is rolled back', async () => (await rollout(id)).status === 'ROLLED_BACK');
    for (const name of COMMANDS) expect(await refusal(name, { rolloutId })).toMatch(/^ROLLOUT_ENDED: rollout .* has ended \(rolledBack\)/);
  });

  it('when its revision is active already, and when it has completed', async () => {
    const { id, rolloutId } = await at('hold', BLUE_GREEN);
    await command('promoteRollout', { rolloutId });
    await until('it is promoted', async () => (await rollout(id)).promotedAt !== null);
    for (const name of ['abortRollout', 'promoteRollout'] as const) expect(await refusal(name, { rolloutId })).toMatch(/^ROLLOUT_PROMOTED: .*rollbackModelDeployment/);
    await until('it keeps the old one warm', async () => {
      const { steps, currentStep } = await rollout(id);
      return steps[currentStep]?.type === 'hold';
    });
    await command('skipRolloutStep', { rolloutId });
    await until('it is over', async () => (await rollout(id)).status === 'COMPLETED');
    for (const name of COMMANDS) expect(await refusal(name, { rolloutId })).toMatch(/^ROLLOUT_ENDED: rollout .* has ended \(completed\)/);
  });

  it('when a newer activation has taken its place', async () => {
    const { id, rolloutId } = await at('hold', BLUE_GREEN);
    await lab.registry.activate(id, await lab.registry.publish(id));
    await until('there is another', async () => (await rollout(id)).id !== rolloutId);
    for (const name of COMMANDS) expect(await refusal(name, { rolloutId })).toMatch(/^ROLLOUT_ENDED: rollout .* has ended \(superseded\)/);
  });
});
