import type { Scenario, Stage } from './scenario.js';
import { killLeader, killReplica } from './kills.js';

/** Ready replicas stay warm for so long after a promotion. */
const WARM_SECONDS = 2;
/** At each size, so that every replica is given long streams. */
const SCALED_FOR_MS = 6_000;
/** From kill to kill: the few requests a kill makes repeat themselves are then looked at among those of everyday operation. */
const KILLED_EVERY_MS = 10_000;
/** The canary's share of the requests, in percent. */
export const CANARY_PERCENT = 20;

const ROLLING = { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } };
const BLUE_GREEN = { type: 'BLUE_GREEN', config: { autoPromotionEnabled: false, terminationWaitTime: WARM_SECONDS } };
const BRIEF_ANALYSIS = { minRequests: 20, interval: '1s' };
const canary = (analysis: object = {}) => ({
  type: 'CANARY',
  config: { canaryPercentage: CANARY_PERCENT, canaryDuration: '4s', successThreshold: 95, analysis: { ...BRIEF_ANALYSIS, ...analysis }, terminationWaitTime: WARM_SECONDS },
});
/** Every type of step a canary may have. */
const CANARY_BY_STEPS = {
  type: 'CANARY',
  config: {
    steps: [
      { setCanaryScale: { replicas: 1 } },
      { setMirror: 10 },
      { pause: { duration: '1s' } },
      { setMirror: 0 },
      { setWeight: CANARY_PERCENT },
      { analysis: { duration: '2s', successThreshold: 95, ...BRIEF_ANALYSIS } },
      { setWeight: 50 },
      { pause: { duration: '1s' } },
    ],
    terminationWaitTime: WARM_SECONDS,
  },
};
const BY_NAME = { rolling: ROLLING, 'blue-green': BLUE_GREEN, canary: CANARY_BY_STEPS };

export const SCENARIOS: readonly Scenario[] = [
  { name: 'rolling', replicas: 2, strategy: ROLLING, run: promotedByItself },
  { name: 'blue-green promoted by hand', replicas: 2, strategy: BLUE_GREEN, run: promotedByHand },
  { name: 'canary promoted by itself', replicas: 2, strategy: canary(), run: promotedByItself },
  { name: 'canary aborted: it errs', replicas: 2, strategy: canary(), second: { MOCK_ERROR_RATE: '0.5' }, badPercent: CANARY_PERCENT, run: abortedByItself },
  { name: 'canary aborted: it is slow', replicas: 2, strategy: canary({ timeToFirstTokenP95MsMax: 400 }), second: { MOCK_TTFT_MS: '900' }, badPercent: CANARY_PERCENT, run: abortedByItself },
  { name: 'abort by hand', replicas: 2, strategy: BLUE_GREEN, run: abortedOnce },
  ...Object.entries(BY_NAME).map(([name, strategy]): Scenario => ({ name: `abort at each step of ${name}`, replicas: 2, strategy, run: abortedAtEachStep })),
  { name: 'rollback while rolling', replicas: 3, strategy: ROLLING, run: rolledBackWhileRolling },
  { name: 'scale 1 to 5 to 1', replicas: 1, strategy: ROLLING, run: scaledUpAndDown },
  { name: 'kill -9 of a replica, every 10 s', replicas: 3, strategy: ROLLING, mayCut: true, run: (stage) => replicasKilled(stage, 3) },
  ...Object.entries(BY_NAME).map(([name, strategy]): Scenario => ({ name: `kill -9 of the orchestrator at each step of ${name}`, replicas: 2, strategy, run: orchestratorKilledAtEachStep })),
];

async function promotedByItself({ operator, second, replicas }: Stage): Promise<void> {
  await operator.activate(second);
  await operator.atRest(second, replicas);
}

async function promotedByHand({ operator, second, replicas }: Stage): Promise<void> {
  const rolloutId = await operator.activate(second);
  await operator.atStepOf(rolloutId, 'hold');
  await insisted(operator.command('promoteRollout', rolloutId));
  await operator.atRest(second, replicas);
}

async function abortedByItself({ operator, first, second, replicas }: Stage): Promise<void> {
  await operator.activate(second);
  const { rollout } = await operator.atRest(first, replicas);
  if (rollout?.status !== 'ROLLED_BACK') throw new Error(`the bad canary's rollout is ${String(rollout?.status)}`);
}

async function abortedOnce({ operator, first, second, replicas }: Stage): Promise<void> {
  const rolloutId = await operator.activate(second);
  await operator.atStepOf(rolloutId, 'hold');
  await insisted(operator.command('abortRollout', rolloutId));
  await operator.atRest(first, replicas);
}

/** A rollout for each step, aborted there; from the promotion on it is refused. */
async function abortedAtEachStep({ operator, first, second, replicas, tell }: Stage): Promise<void> {
  for (let step = 0; ; step++) {
    const rolloutId = await operator.activate(second);
    const isThere = await operator.atStep(rolloutId, step);
    const refusal = isThere ? await operator.command('abortRollout', rolloutId) : 'it had ended';
    tell(`step ${step}: ${refusal ?? 'aborted'}`);
    if (refusal !== null) return void (await operator.atRest(second, replicas));
    await operator.atRest(first, replicas);
  }
}

async function rolledBackWhileRolling({ operator, first, second, replicas }: Stage): Promise<void> {
  const rolloutId = await operator.activate(second);
  if (!(await operator.atStep(rolloutId, 4))) throw new Error('it had ended before it could be rolled back');
  await operator.rollback(first);
  await operator.atRest(first, replicas);
}

async function scaledUpAndDown({ operator, first }: Stage): Promise<void> {
  for (const desiredReplicaCount of [5, 1]) {
    await operator.update({ desiredReplicaCount });
    await operator.atRest(first, desiredReplicaCount);
    await new Promise((resolve) => setTimeout(resolve, SCALED_FOR_MS));
  }
}

async function replicasKilled(stage: Stage, times: number): Promise<void> {
  for (let round = 0; round < times; round++) {
    const isTime = new Promise((resolve) => setTimeout(resolve, KILLED_EVERY_MS));
    await killReplica(stage.lab);
    await stage.operator.atRest(stage.first, stage.replicas);
    await isTime;
  }
}

/** One rollout; whoever leads is killed in each of its steps, as far as steps last long enough to be seen. */
async function orchestratorKilledAtEachStep({ lab, operator, second, replicas, tell }: Stage): Promise<void> {
  const rolloutId = await operator.activate(second);
  for (let step = 0; await operator.atStep(rolloutId, step); ) {
    const { rollout } = await operator.look();
    step = (rollout?.currentStep ?? step) + 1;
    await killLeader(lab);
    tell(`killed in step ${step - 1}, ${rollout?.steps[step - 1]?.type ?? 'after the last'}`);
  }
  await operator.atRest(second, replicas);
}

async function insisted(refusal: Promise<string | null>): Promise<void> {
  const reason = await refusal;
  if (reason !== null) throw new Error(`refused: ${reason}`);
}
