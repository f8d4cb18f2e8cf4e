import { ANALYSIS_DEFAULTS } from '../analysis/analysis-policy.js';
import { EMPTY_SAMPLE } from '../analysis/measurement.js';
import type { ReplicaState } from '../replica/replica.js';
import type { RolloutCommand } from '../rollout/rollout-events.js';
import type { RolloutState, Walk } from '../rollout/rollout.js';
import type { DeploymentStrategy } from '../strategy/deployment-strategy.js';
import { SimulatedWorld } from './simulated-world.js';

const MINUTE_MS = 60_000;
const CANARY: DeploymentStrategy = { type: 'CANARY', config: { canaryPercentage: 10, canaryDuration: '1m', successThresholdPercent: 95 } };
const BLUE_GREEN: DeploymentStrategy = { type: 'BLUE_GREEN', config: { autoPromotionEnabled: false, terminationWaitTimeSeconds: 300 } };
const policy = { durationMs: MINUTE_MS, intervalMs: 1_000, successThresholdPercent: 95, ...ANALYSIS_DEFAULTS };
const BY = { actor: 'ann', reason: 'because' };

describe('a canary (S1.89)', () => {
  it('takes its share beside the whole of stable, and the rest of the requests when its analysis passes', () => {
    const world = serving(CANARY, 3);
    activate(world, 'revision-1');
    run(world);
    expect(steps(world)).toEqual('launch 1 · awaitReady 1 · setWeight 10 · analyse · launch 3 · awaitReady 3 · setWeight 100 · promote · hold 30000 · drain 0');
    expect(stepUnderWay(world)).toBe('analyse');
    expect(world.status.weights).toEqual([{ revisionId: 'revision-1', weightPercent: 10 }, { revisionId: 'revision-0', weightPercent: 90 }]);
    expect(counts(world)).toEqual({ 'revision-0': 3, 'revision-1': 1 });
    expect(world.status.status).toBe('UPDATING');
    measure(world, 100, 0);
    run(world);
    expect(stepUnderWay(world)).toBe('hold'); // promoted, and the old revision kept warm
    expect(world.fleet.stableRevisionId).toBe('revision-1');
    expect(world.status.status).toBe('ACTIVE');
    expect(counts(world)).toEqual({ 'revision-0': 3, 'revision-1': 3 });
    world.fireNextTimer();
    run(world);
    expect(counts(world)).toEqual({ 'revision-1': 3 });
    expect(phaseOf(world)).toBe('completed');
  });

  it('turns back by itself when it errs, and stable never lost a replica', () => {
    const world = serving(CANARY, 3);
    activate(world, 'revision-1');
    run(world);
    measure(world, 10, 30);
    run(world);
    expect(phaseOf(world)).toBe('rolledBack');
    expect(walkOf(world).reason).toMatch(/95 ?%/);
    expect(counts(world)).toEqual({ 'revision-0': 3 });
    expect(world.log.filter(({ input }) => input.from === 'replica' && input.event.type === 'ReplicaDraining' && input.event.revisionId === 'revision-0')).toEqual([]);
    expect(world.status.weights).toEqual([{ revisionId: 'revision-0', weightPercent: 100 }]);
  });

  it('is held, not judged, when hardly anybody asked it anything; a person may promote it', () => {
    const world = serving(CANARY, 3);
    activate(world, 'revision-1');
    run(world);
    measure(world, 5, 0, 100 * MINUTE_MS);
    run(world);
    expect(stepUnderWay(world)).toBe('analyse');
    expect(walkOf(world).analysis?.judgement).toMatchObject({ verdict: 'INCONCLUSIVE', next: 'hold' });
    command(world, { type: 'PromoteRollout', full: false, step: null, ...BY, atMs: world.nowMs });
    run(world);
    expect(world.fleet.stableRevisionId).toBe('revision-1');
    expect(walkOf(world).interventions).toMatchObject([{ action: 'promote', actor: 'ann', reason: 'because' }]);
  });

  it('stands still while it is paused, whatever is measured, and goes on when it is resumed', () => {
    const world = serving(CANARY, 3);
    activate(world, 'revision-1');
    run(world);
    command(world, { type: 'PauseRollout', ...BY, atMs: world.nowMs });
    measure(world, 100, 0);
    run(world);
    expect(stepUnderWay(world)).toBe('analyse');
    command(world, { type: 'ResumeRollout', ...BY, atMs: world.nowMs });
    run(world);
    expect(world.fleet.stableRevisionId).toBe('revision-1');
  });

  it('goes straight to its end when it is promoted in full', () => {
    const world = serving(CANARY, 3);
    activate(world, 'revision-1');
    for (let turn = 0; turn < 4; turn++) void (world.deliver(), world.perform(false));
    command(world, { type: 'PromoteRollout', full: true, step: null, ...BY, atMs: world.nowMs });
    run(world);
    expect(world.fleet.stableRevisionId).toBe('revision-1');
    expect(world.log.some(({ input }) => input.from === 'status' && input.event.type === 'RoutingChanged' && input.event.weights.some(({ weightPercent }) => weightPercent === 10))).toBe(false);
  });

  it.each([5, 1, 0])('follows the desired count while it waits: 3 → %i', (desired) => {
    const world = serving(CANARY, 3);
    activate(world, 'revision-1');
    run(world);
    world.user({ type: 'ChangeDeployment', settings: { desiredReplicaCount: desired }, atMs: world.nowMs });
    run(world);
    const canaries = desired === 0 ? 0 : Math.ceil(desired / 3);
    expect(stepUnderWay(world)).toBe('analyse');
    expect(counts(world)).toEqual(desired === 0 ? {} : { 'revision-0': desired, 'revision-1': canaries });
    measure(world, 100, 0);
    run(world);
    expect(world.fleet.stableRevisionId).toBe('revision-1');
  });

  it('gives way to a newer revision: what was the canary goes, stable takes its share, and the newer one is a canary', () => {
    const world = serving(CANARY, 3);
    activate(world, 'revision-1');
    run(world);
    activate(world, 'revision-2');
    run(world);
    expect(steps(world)).toMatch(/^restore 3 · setWeight 0 · retire · launch 1 · awaitReady 1 · setWeight 10 · analyse/);
    expect(counts(world)).toEqual({ 'revision-0': 3, 'revision-2': 1 });
    expect(world.status.weights).toEqual([{ revisionId: 'revision-2', weightPercent: 10 }, { revisionId: 'revision-0', weightPercent: 90 }]);
    expect([...world.rollouts.values()].map(({ phase }) => phase)).toEqual(['completed', 'superseded', 'walking']);
  });

  it('replaces a replica of stable that is given up meanwhile', () => {
    const world = serving(CANARY, 3);
    activate(world, 'revision-1');
    run(world);
    const [victim] = [...world.replicas].find(([, { revisionId }]) => revisionId === 'revision-0') ?? [''];
    world.replica(victim, { type: 'GiveUpReplica', errorData: { reason: 'CRASH_LOOP', message: '', exitCode: 1, signal: null, lastLines: [] }, atMs: world.nowMs });
    run(world);
    world.fireNextTimer(); // the back-off of replacements
    run(world);
    expect(counts(world)).toEqual({ 'revision-0': 3, 'revision-1': 1 });
    expect(stepUnderWay(world)).toBe('analyse');
  });

  it('walks a list of steps: copies first, then shares with pauses', () => {
    const steps_ = [
      { type: 'setMirror' as const, percent: 20 },
      { type: 'pause' as const, durationMs: 1000 },
      { type: 'setMirror' as const, percent: 0 },
      { type: 'setWeight' as const, weightPercent: 50 },
      { type: 'analysis' as const, policy },
    ];
    const config = { canaryPercentage: null, canaryDuration: null, successThresholdPercent: null, steps: steps_, terminationWaitTimeSeconds: 0 };
    const world = serving({ type: 'CANARY', config }, 4);
    activate(world, 'revision-1');
    run(world);
    expect(world.status).toMatchObject({ mirror: { revisionId: 'revision-1', percent: 20 }, weights: [{ revisionId: 'revision-0', weightPercent: 100 }] });
    world.fireNextTimer();
    run(world);
    expect(stepUnderWay(world)).toBe('analyse');
    expect(world.status).toMatchObject({ mirror: null, weights: [{ revisionId: 'revision-1', weightPercent: 50 }, { revisionId: 'revision-0', weightPercent: 50 }] });
    expect(counts(world)).toEqual({ 'revision-0': 4, 'revision-1': 2 });
  });
});

describe('blue-green (S1.90)', () => {
  it('has all of green ready beside blue before anything is switched, and waits to be promoted', () => {
    const world = serving(BLUE_GREEN, 2);
    activate(world, 'revision-1');
    run(world);
    expect(steps(world)).toEqual('launch 2 · awaitReady 2 · hold null · launch 2 · awaitReady 2 · setWeight 100 · promote · hold 300000 · drain 0');
    expect(counts(world)).toEqual({ 'revision-0': 2, 'revision-1': 2 });
    expect(world.status.weights).toEqual([{ revisionId: 'revision-0', weightPercent: 100 }]);
    command(world, { type: 'PromoteRollout', full: false, step: null, ...BY, atMs: world.nowMs });
    run(world);
    expect(world.status.weights).toEqual([{ revisionId: 'revision-1', weightPercent: 100 }]);
    expect(counts(world)).toEqual({ 'revision-0': 2, 'revision-1': 2 });
  });

  it('goes back to blue, still warm, by one change of weights and without a launch', () => {
    const world = serving(BLUE_GREEN, 2);
    activate(world, 'revision-1');
    run(world);
    command(world, { type: 'PromoteRollout', full: false, step: null, ...BY, atMs: world.nowMs });
    run(world);
    const before = world.log.length;
    activate(world, 'revision-0', true);
    run(world);
    const since = world.log.slice(before).map(({ input }) => input);
    expect(since.filter((input) => input.from === 'status' && input.event.type === 'RoutingChanged')).toHaveLength(1);
    expect(since.filter((input) => input.from === 'replica' && input.event.type === 'ReplicaRequested')).toEqual([]);
    expect(world.fleet.stableRevisionId).toBe('revision-0');
    expect(counts(world)).toEqual({ 'revision-0': 2 });
  });

  it('switches back when green fails its analysis after the switch', () => {
    const config = { autoPromotionEnabled: true, terminationWaitTimeSeconds: 300, analysis: policy };
    const world = serving({ type: 'BLUE_GREEN', config }, 2);
    activate(world, 'revision-1');
    run(world);
    expect(world.status.weights).toEqual([{ revisionId: 'revision-1', weightPercent: 100 }]);
    measure(world, 0, 50);
    run(world);
    expect(world.status.weights).toEqual([{ revisionId: 'revision-0', weightPercent: 100 }]);
    expect(phaseOf(world)).toBe('rolledBack');
  });
});

describe('any strategy', () => {
  it.each([CANARY, BLUE_GREEN])('launches a first revision once and drains none of it (%j)', (strategy) => {
    const types = serving(strategy, 3).log.flatMap(({ input }) => (input.from === 'replica' ? [input.event.type] : []));
    expect(types.filter((type) => type === 'ReplicaRequested')).toHaveLength(3);
    expect(types).not.toContain('ReplicaDraining');
  });
});

describe('a revision to replace one that serves nobody', () => {
  it('is given everything at once: there is nothing to compare it with', () => {
    const world = serving(CANARY, 2);
    for (const [replicaId, state] of world.replicas) world.replica(replicaId, { type: 'RecordUnready', attempt: state.attempt, reason: 'no answer', atMs: world.nowMs });
    while (world.deliver());
    activate(world, 'revision-1');
    run(world);
    expect(steps(world)).not.toContain('analyse');
    expect(world.fleet.stableRevisionId).toBe('revision-1');
  });
});

function serving(strategy: DeploymentStrategy, desiredReplicaCount: number): SimulatedWorld {
  const world = new SimulatedWorld(() => undefined);
  const settings = { openToPublic: false, preferredDomainName: null, tags: [], strategy, desiredReplicaCount };
  const initialRevision = { revisionId: 'revision-0', contentHash: '0', activationId: 'activation-create' };
  world.user({ type: 'CreateDeployment', deploymentId: 'd', name: 'tiny', domain: 'default', project: 'p', createdBy: 'u', ...settings, initialRevision, atMs: 0 });
  for (const revisionId of ['revision-1', 'revision-2']) world.user({ type: 'RegisterRevision', revisionId, contentHash: revisionId, atMs: 0 });
  run(world);
  world.timers.clear();
  return world;
}

function activate(world: SimulatedWorld, revisionId: string, isRollback = false): void {
  const cause = isRollback ? { kind: 'rollback' as const, toTimeMs: null, expectedHash: null } : { kind: 'activate' as const };
  world.user({ type: 'ChangeDeployment', activation: { activationId: `activation-${world.log.length}`, revisionId, cause }, atMs: world.nowMs });
}

const command = (world: SimulatedWorld, given: RolloutCommand): void => world.rollout(() => given);

function measure(world: SimulatedWorld, successes: number, failures: number, toMs = MINUTE_MS): void {
  world.rollout((state) => {
    const sample = { ...EMPTY_SAMPLE, successes, failures };
    const measurement = { fromMs: state.stepStartedAtMs, toMs: state.stepStartedAtMs + toMs, canary: sample, stable: sample };
    return { type: 'RecordMeasurement', step: state.step, measurement, atMs: world.nowMs };
  });
}

/** Everything that happens without time passing: facts are heard, effects performed, engines do well. */
function run(world: SimulatedWorld): void {
  for (let before = -1; before !== world.log.length || world.delivered !== world.log.length || world.pending.length > 0; ) {
    before = world.log.length;
    while (world.deliver());
    while (world.perform(false));
    for (const [replicaId, state] of world.replicas) engine(world, replicaId, state);
  }
}

function engine(world: SimulatedWorld, replicaId: string, { phase, attempt }: ReplicaState): void {
  const atMs = world.nowMs;
  if (phase === 'requested') world.replica(replicaId, { type: 'RecordLaunch', attempt: 1, endpoint: 'http://127.0.0.1:1', handle: '1', atMs });
  if (phase === 'launched') world.replica(replicaId, { type: 'RecordReady', attempt, atMs });
  if (phase === 'draining') world.replica(replicaId, { type: 'RecordDrained', forced: false, inFlight: 0, atMs });
  if (phase === 'drained') world.replica(replicaId, { type: 'RecordStopped', atMs });
}

const lastOf = (world: SimulatedWorld): RolloutState | undefined => [...world.rollouts.values()].at(-1);
function walkOf(world: SimulatedWorld): Walk {
  const state = lastOf(world);
  if (state === undefined || state.phase === 'absent') throw new Error('there is no rollout');
  return state;
}
const phaseOf = (world: SimulatedWorld): string => walkOf(world).phase;
const stepUnderWay = (world: SimulatedWorld): string | undefined => walkOf(world).plan[walkOf(world).step]?.type;

function steps(world: SimulatedWorld): string {
  const told = walkOf(world).plan.map(({ type, ...values }) => [type, ...('policy' in values ? [] : Object.values(values as Record<string, unknown>).map(String))].join(' '));
  return told.join(' · ');
}

function counts(world: SimulatedWorld): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { revisionId, phase } of world.replicas.values()) if (phase === 'ready') found[revisionId] = (found[revisionId] ?? 0) + 1;
  return found;
}
