import fc from 'fast-check';
import { EMPTY_SAMPLE } from '../analysis/measurement.js';
import type { ReplicaState } from '../replica/replica.js';
import type { RolloutCommand } from '../rollout/rollout-events.js';
import type { Walk } from '../rollout/rollout-state.js';
import type { DeploymentStrategy } from '../strategy/deployment-strategy.js';
import { checkInvariants, checkRest } from './fleet-invariants.conformance.js';
import { action, policy, strategy, type Action } from './simulated-actions.conformance.js';
import { SimulatedWorld } from './simulated-world.js';

const STEPS_TO_REST_MAX = 20_000;

describe('a deployment under random failures and interleavings', () => {
  it('keeps every rollout invariant at every event, and comes to rest where it should', () => {
    fc.assert(
      fc.property(strategy, fc.integer({ min: 1, max: 5 }), fc.array(action, { maxLength: 400 }), (config, desired, actions) => {
        const world = new SimulatedWorld(checkInvariants);
        create(world, config, desired);
        settle(world);
        for (const next of actions) act(world, next);
        settle(world);
        checkRest(world);
      }),
      { numRuns: Number(process.env['SLIPWAY_LAW_RUNS'] ?? 300) },
    );
  });

  it('gives up a revision whose engine never becomes ready, and goes back without losing a ready replica of the old one', () => {
    const world = new SimulatedWorld(checkInvariants);
    create(world, ROLLING, 2);
    settle(world);
    act(world, { type: 'activate', revision: 1 });
    settle(world, (replica) => (replica.revisionId === 'revision-1' ? 'exit' : 'well'));
    expect([...world.rollouts.values()].map((rollout) => rollout.phase)).toEqual(['completed', 'rolledBack']);
    expect(world.fleet.stableRevisionId).toBe('revision-0');
    expect(world.status.status).toBe('ACTIVE');
    checkRest(world);
  });

  it('fails a first revision that never becomes ready, and serves after a good one is activated', () => {
    const world = new SimulatedWorld(checkInvariants);
    create(world, ROLLING, 2);
    settle(world, () => 'exit');
    expect(world.status.status).toBe('FAILED');
    act(world, { type: 'activate', revision: 2 });
    settle(world);
    expect(world.status.status).toBe('ACTIVE');
    expect(world.fleet.stableRevisionId).toBe('revision-2');
  });

  it('rolls back when the progress deadline passes', () => {
    const world = new SimulatedWorld(checkInvariants);
    create(world, ROLLING, 1);
    settle(world);
    act(world, { type: 'activate', revision: 1 });
    settle(world, (replica) => (replica.revisionId === 'revision-1' ? 'hang' : 'well'));
    expect([...world.rollouts.values()].map((rollout) => rollout.phase)).toEqual(['completed', 'rolledBack']);
    checkRest(world);
  });

  it('stops everything and ends DESTROYED when it is deleted in the middle of a rollout', () => {
    const world = new SimulatedWorld(checkInvariants);
    create(world, ROLLING, 3);
    settle(world);
    act(world, { type: 'activate', revision: 1 });
    for (let i = 0; i < 12; i++) void (world.deliver(), world.perform(false), engine(world, i, 'well'));
    world.user({ type: 'DeleteDeployment', atMs: world.nowMs });
    settle(world);
    expect(world.status.status).toBe('DESTROYED');
    expect([...world.replicas.values()].filter((replica) => !['stopped', 'failed'].includes(replica.phase))).toEqual([]);
    expect(world.status.weights).toEqual([]);
  });
});

const ROLLING: DeploymentStrategy = { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } };

function create(world: SimulatedWorld, strategy: DeploymentStrategy, desired: number): void {
  world.user({
    type: 'CreateDeployment',
    deploymentId: 'd',
    name: 'tiny',
    domain: 'default',
    project: 'p',
    createdBy: 'u',
    openToPublic: false,
    preferredDomainName: null,
    tags: [],
    strategy,
    desiredReplicaCount: desired,
    initialRevision: { revisionId: 'revision-0', contentHash: '0', activationId: 'activation-create' },
    atMs: 0,
  });
  for (let n = 1; n < 4; n++) world.user({ type: 'RegisterRevision', revisionId: `revision-${n}`, contentHash: `${n}`, atMs: 0 });
}

function act(world: SimulatedWorld, action: Action): void {
  switch (action.type) {
    case 'deliver':
      return void world.deliver();
    case 'perform':
      return void world.perform(action.keep);
    case 'engine':
      return engine(world, action.index, action.outcome);
    case 'timer':
      return void world.fireNextTimer();
    case 'activate': {
      const activationId = `activation-${world.log.length}`;
      const revisionId = `revision-${action.revision}`;
      const cause = action.isRollback === true ? { kind: 'rollback' as const, toTimeMs: null, expectedHash: null } : { kind: 'activate' as const };
      return world.user({ type: 'ChangeDeployment', activation: { activationId, revisionId, cause }, atMs: world.nowMs++ });
    }
    case 'intervene':
      return intervene(world, action.what);
    case 'measure':
      return measure(world, action.isGood, action.isLate);
    case 'scale':
      return world.user({ type: 'ChangeDeployment', settings: { desiredReplicaCount: action.count }, atMs: world.nowMs++ });
  }
}

type EngineOutcome = 'well' | 'exit' | 'unready' | 'hang';

/** What the world outside does to one living replica. */
function engine(world: SimulatedWorld, at: number, outcome: EngineOutcome): void {
  const living = [...world.replicas].filter(([, { phase }]) => phase !== 'stopped' && phase !== 'failed');
  const [replicaId, replica] = living[at % Math.max(1, living.length)] ?? [];
  if (replicaId === undefined || replica === undefined) return;
  const atMs = (world.nowMs = Math.max(world.nowMs, replica.restartAtMs ?? 0) + 1);
  const { attempt } = replica;
  const exit = { type: 'RecordExit' as const, attempt, exitCode: 1, signal: null, lastLines: [], atMs };
  switch (replica.phase) {
    case 'requested':
    case 'restarting':
      return world.replica(replicaId, { type: 'RecordLaunch', attempt: attempt + 1, endpoint: 'http://127.0.0.1:1', handle: '1', atMs });
    case 'launched':
    case 'unready':
      if (outcome === 'hang') return;
      return world.replica(replicaId, outcome === 'exit' ? exit : { type: 'RecordReady', attempt, atMs });
    case 'ready':
      if (outcome === 'well' || outcome === 'hang') return;
      return world.replica(replicaId, outcome === 'exit' ? exit : { type: 'RecordUnready', attempt, reason: 'no answer', atMs });
    case 'draining':
      return world.replica(replicaId, { type: 'RecordDrained', forced: false, inFlight: 0, atMs });
    case 'drained':
      return world.replica(replicaId, { type: 'RecordStopped', atMs });
    case 'absent':
    case 'stopped':
    case 'failed':
  }
}

/** Runs everything fairly until nothing is left to happen. */
function settle(world: SimulatedWorld, outcomeOf: (replica: ReplicaState) => EngineOutcome = () => 'well'): void {
  for (let step = 0; step < STEPS_TO_REST_MAX; step++) {
    const before = world.log.length;
    while (world.deliver());
    while (world.perform(false));
    const living = [...world.replicas].filter(([, { phase }]) => phase !== 'stopped' && phase !== 'failed');
    living.forEach(([, replica], at) => engine(world, at, outcomeOf(replica)));
    if (world.log.length === before && world.delivered === world.log.length && world.pending.length === 0 && !goOn(world) && !world.fireNextTimer()) return;
  }
  throw new Error('never came to rest');
}

function intervene(world: SimulatedWorld, what: Extract<Action, { type: 'intervene' }>['what']): void {
  const by = { actor: 'admin', reason: null, atMs: world.nowMs++ };
  const commands = ({ step }: Walk): Readonly<Record<typeof what, RolloutCommand>> => ({
    pause: { type: 'PauseRollout', ...by },
    resume: { type: 'ResumeRollout', ...by },
    promote: { type: 'PromoteRollout', full: false, step, ...by },
    promoteFull: { type: 'PromoteRollout', full: true, step, ...by },
    skip: { type: 'SkipStep', step, ...by },
    abort: { type: 'RequestAbort', ...by },
  });
  world.rollout((state) => commands(state)[what]);
}

/** A measurement of the analysis under way, if there is one: at once, or at the end of all its extensions. */
function measure(world: SimulatedWorld, isGood: boolean, isLate: boolean): void {
  world.rollout((state) => {
    const toMs = Math.max(world.nowMs, state.stepStartedAtMs) + (isLate ? 10 * policy.durationMs : 1);
    const sample = { ...EMPTY_SAMPLE, successes: isGood ? 100 : 10, failures: isGood ? 0 : 90 };
    const measurement = { fromMs: state.analysis?.measuredToMs ?? state.stepStartedAtMs, toMs, canary: sample, stable: { ...EMPTY_SAMPLE, successes: 100 } };
    world.nowMs = toMs;
    return { type: 'RecordMeasurement', step: state.step, measurement, atMs: toMs };
  });
}

/** What people and measurements do for a rollout that waits for them. */
function goOn(world: SimulatedWorld): boolean {
  const state = [...world.rollouts.values()].find((rollout): rollout is Walk => rollout.phase === 'walking');
  if (state === undefined) return false;
  const step = state.plan[state.step];
  if (state.paused) intervene(world, 'resume');
  else if (step?.type === 'hold' && step.durationMs === null) intervene(world, 'promote');
  else if (step?.type === 'analyse') measure(world, true, true);
  else return false;
  return true;
}
