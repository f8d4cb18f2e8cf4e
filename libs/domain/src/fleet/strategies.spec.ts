import { ANALYSIS_DEFAULTS } from '../analysis/analysis-policy.js';
import type { DeploymentStrategy } from '../strategy/deployment-strategy.js';
import { activate, counts, measure, MINUTE_MS, pause, phaseOf, promote, resume, run, serving, stepUnderWay, steps, walkOf } from './strategy-story.js';

const CANARY: DeploymentStrategy = { type: 'CANARY', config: { canaryPercentage: 10, canaryDuration: '1m', successThresholdPercent: 95 } };
const BLUE_GREEN: DeploymentStrategy = { type: 'BLUE_GREEN', config: { autoPromotionEnabled: false, terminationWaitTimeSeconds: 300 } };
const policy = { durationMs: MINUTE_MS, intervalMs: 1_000, successThresholdPercent: 95, ...ANALYSIS_DEFAULTS };

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
    promote(world);
    run(world);
    expect(world.fleet.stableRevisionId).toBe('revision-1');
    expect(walkOf(world).interventions).toMatchObject([{ action: 'promote', actor: 'ann', reason: 'because' }]);
  });

  it('stands still while it is paused, whatever is measured, and goes on when it is resumed', () => {
    const world = serving(CANARY, 3);
    activate(world, 'revision-1');
    run(world);
    pause(world);
    measure(world, 100, 0);
    run(world);
    expect(stepUnderWay(world)).toBe('analyse');
    resume(world);
    run(world);
    expect(world.fleet.stableRevisionId).toBe('revision-1');
  });

  it('goes straight to its end when it is promoted in full', () => {
    const world = serving(CANARY, 3);
    activate(world, 'revision-1');
    for (let turn = 0; turn < 4; turn++) void (world.deliver(), world.perform(false));
    promote(world, true);
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
    promote(world);
    run(world);
    expect(world.status.weights).toEqual([{ revisionId: 'revision-1', weightPercent: 100 }]);
    expect(counts(world)).toEqual({ 'revision-0': 2, 'revision-1': 2 });
  });

  it('goes back to blue, still warm, by one change of weights and without a launch', () => {
    const world = serving(BLUE_GREEN, 2);
    activate(world, 'revision-1');
    run(world);
    promote(world);
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
