import fc from 'fast-check';
import { ANALYSIS_DEFAULTS } from '../analysis/analysis-policy.js';
import { EMPTY_SAMPLE } from '../analysis/measurement.js';
import type { ReplicaState } from '../replica/replica.js';
import type { RolloutCommand } from '../rollout/rollout-events.js';
import type { Walk } from '../rollout/rollout.js';
import type { CanaryStep } from '../strategy/canary-steps.js';
import type { DeploymentStrategy, IntOrPercent } from '../strategy/deployment-strategy.js';
import type { FleetRollout } from './fleet.js';
import { SimulatedWorld, type Fact } from './simulated-world.js';

/** What a person may ask for too late, or of a step that is none to pass by; and what a step of an engine may come too late for. */
const EXPECTED_REFUSALS = ['StaleAttempt', 'NothingToPass', 'RolloutIsPromoted', 'RolloutIsGoingBack'];
const STEPS_TO_REST_MAX = 20_000;

type Action =
  | { readonly type: 'deliver' }
  | { readonly type: 'perform'; readonly keep: boolean }
  | { readonly type: 'engine'; readonly index: number; readonly outcome: 'well' | 'exit' | 'unready' }
  | { readonly type: 'timer' }
  | { readonly type: 'activate'; readonly revision: number; readonly isRollback?: boolean }
  | { readonly type: 'intervene'; readonly what: 'pause' | 'resume' | 'promote' | 'promoteFull' | 'skip' | 'abort' }
  | { readonly type: 'measure'; readonly isGood: boolean; readonly isLate: boolean }
  | { readonly type: 'scale'; readonly count: number };

const index = fc.nat(50);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 30, arbitrary: fc.constant<Action>({ type: 'deliver' }) },
  { weight: 30, arbitrary: fc.record({ type: fc.constant('perform' as const), keep: fc.boolean() }) },
  {
    weight: 30,
    arbitrary: fc.record({
      type: fc.constant('engine' as const),
      index,
      outcome: fc.oneof({ weight: 6, arbitrary: fc.constant('well' as const) }, fc.constantFrom('exit' as const, 'unready' as const)),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Action>({ type: 'timer' }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('activate' as const), revision: fc.nat(3), isRollback: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('intervene' as const), what: fc.constantFrom('pause', 'resume', 'promote', 'promoteFull', 'skip', 'abort') }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('measure' as const), isGood: fc.boolean(), isLate: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('scale' as const), count: fc.nat(5) }) },
);

const intOrPercent: fc.Arbitrary<IntOrPercent> = fc.oneof(fc.nat(3), fc.nat(100).map((percent) => `${percent}%`));
const rollingConfig = fc
  .record({ maxSurge: intOrPercent, maxUnavailable: intOrPercent })
  .filter(({ maxSurge, maxUnavailable }) => ![0, '0%'].includes(maxSurge) || ![0, '0%'].includes(maxUnavailable));

const policy = { durationMs: 60_000, intervalMs: 1_000, successThresholdPercent: 95, ...ANALYSIS_DEFAULTS };
const canaryStep: fc.Arbitrary<CanaryStep> = fc.oneof(
  fc.nat(100).map((weightPercent) => ({ type: 'setWeight' as const, weightPercent })),
  fc.constantFrom<CanaryStep>({ type: 'pause', durationMs: null }, { type: 'pause', durationMs: 5_000 }, { type: 'analysis', policy }),
  fc.integer({ min: 1, max: 6 }).map((replicas) => ({ type: 'setCanaryScale' as const, replicas })),
  fc.nat(100).map((percent) => ({ type: 'setMirror' as const, percent })),
);
const strategy: fc.Arbitrary<DeploymentStrategy> = fc.oneof(
  rollingConfig.map((config) => ({ type: 'ROLLING' as const, config })),
  fc.record({ autoPromotionEnabled: fc.boolean(), terminationWaitTimeSeconds: fc.nat(3), autoPromotionSeconds: fc.nat(2), analysis: fc.constant(policy) }, { requiredKeys: ['autoPromotionEnabled', 'terminationWaitTimeSeconds'] })
    .map((config) => ({ type: 'BLUE_GREEN' as const, config })),
  fc.record({ steps: fc.array(canaryStep, { minLength: 1, maxLength: 6 }), terminationWaitTimeSeconds: fc.nat(3) }).map((given) => ({
    type: 'CANARY' as const,
    config: { canaryPercentage: null, canaryDuration: null, successThresholdPercent: null, ...given },
  })),
  fc.integer({ min: 1, max: 99 }).map((canaryPercentage) => ({ type: 'CANARY' as const, config: { canaryPercentage, canaryDuration: '1m', successThresholdPercent: 95 } })),
);

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
  const commands: Readonly<Record<typeof what, RolloutCommand>> = {
    pause: { type: 'PauseRollout', ...by },
    resume: { type: 'ResumeRollout', ...by },
    promote: { type: 'PromoteRollout', full: false, step: null, ...by },
    promoteFull: { type: 'PromoteRollout', full: true, step: null, ...by },
    skip: { type: 'SkipStep', step: null, ...by },
    abort: { type: 'RequestAbort', ...by },
  };
  world.rollout(() => commands[what]);
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

function checkRest(world: SimulatedWorld): void {
  const { fleet } = world;
  expect(fleet.rollout).toBeNull();
  expect(fleet.wanted).toBeNull();
  const living = [...world.replicas.values()].filter(({ phase }) => phase !== 'stopped' && phase !== 'failed');
  expect(living.filter(({ phase }) => phase !== 'ready')).toEqual([]);
  if (fleet.stableRevisionId === null) return;
  expect(living.filter(({ revisionId }) => revisionId !== fleet.stableRevisionId)).toEqual([]);
  expect(living).toHaveLength(fleet.desired);
  expect(world.status.weights).toEqual([{ revisionId: fleet.stableRevisionId, weightPercent: 100 }]);
  expect(['ACTIVE', 'INACTIVE', 'FAILED']).toContain(world.status.status);
  for (const rollout of world.rollouts.values()) expect(rollout.phase).not.toBe('walking');
}

/** Losses recorded after the process decided cannot have been known to it; each may cost one. */
function lossesSince(world: SimulatedWorld, decidedAt: number): number {
  const lost = ['ReplicaUnready', 'ReplicaExited', 'ReplicaFailed'];
  return world.log.slice(decidedAt).filter(({ input }) => input.from === 'replica' && lost.includes(input.event.type)).length;
}

function checkInvariants(world: SimulatedWorld, { input, decidedAt, decidedIn }: Fact): void {
  expect(world.refusals.filter((refusal) => !EXPECTED_REFUSALS.includes(refusal))).toEqual([]);
  if (input.from === 'status' && input.event.type === 'RoutingChanged') checkWeights(world);
  const rollout = decidedIn;
  if (input.from !== 'replica' || rollout === null || decidedAt === null || world.fleet.deleting) return;
  const staying = [...world.replicas.values()].filter(({ phase }) => !['draining', 'drained', 'stopped', 'failed'].includes(phase));
  if (input.event.type === 'ReplicaDraining') {
    const available = staying.filter(({ phase }) => phase === 'ready').length;
    const drainedReady = wasReady(world, decidedAt);
    const floor = rollout.desired - rollout.unavailable - lossesSince(world, decidedAt);
    if (drainedReady) expect(available).toBeGreaterThanOrEqual(floor);
  }
  if (input.event.type === 'ReplicaRequested') {
    const existing = [...world.replicas.values()].filter(({ phase }) => phase !== 'stopped' && phase !== 'failed').length;
    expect(existing).toBeLessThanOrEqual(Math.max(rollout.desired + rollout.surge, existingAtStart(world, rollout)));
  }
}

function checkWeights({ status, fleet }: SimulatedWorld): void {
  const { weights } = status;
  if (weights.length > 0) expect(weights.reduce((sum, weight) => sum + weight.weightPercent, 0)).toBe(100);
  const existing = new Set(Object.values(fleet.replicas).map(({ revisionId }) => revisionId));
  if (fleet.desired > 0 && fleet.rollout !== null && fleet.rollout.desired > 0 && existing.size > 0)
    for (const { revisionId, weightPercent } of weights) expect(weightPercent === 0 || existing.has(revisionId)).toBe(true);
}

/** Whether the replica the last fact drains was serving, as far as the process could know when it decided. */
function wasReady(world: SimulatedWorld, decidedAt: number): boolean {
  const last = world.log.at(-1)?.input;
  if (last?.from !== 'replica') return false;
  const known = world.log.slice(0, decidedAt).filter(({ input }) => input.from === 'replica' && input.replicaId === last.replicaId);
  const before = known.at(-1)?.input;
  return before?.from === 'replica' && before.event.type === 'ReplicaReady';
}

function existingAtStart(world: SimulatedWorld, { rolloutId }: FleetRollout): number {
  const start = world.log.findIndex(({ input }) => input.from === 'rollout' && input.rolloutId === rolloutId);
  const phases = new Map<string, string>();
  for (const { input } of world.log.slice(0, start))
    if (input.from === 'replica') phases.set(input.replicaId, input.event.type);
  return [...phases.values()].filter((type) => type !== 'ReplicaStopped' && type !== 'ReplicaFailed').length;
}
