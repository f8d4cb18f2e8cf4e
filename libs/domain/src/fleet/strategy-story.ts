import { EMPTY_SAMPLE } from '../analysis/measurement.js';
import type { ReplicaState } from '../replica/replica.js';
import type { RolloutState, Walk } from '../rollout/rollout-state.js';
import type { DeploymentStrategy } from '../strategy/deployment-strategy.js';
import { SimulatedWorld } from './simulated-world.js';

export const MINUTE_MS = 60_000;
const BY = { actor: 'ann', reason: 'because' };

/** A deployment whose first revision serves, at rest. */
export function serving(strategy: DeploymentStrategy, desiredReplicaCount: number): SimulatedWorld {
  const world = new SimulatedWorld(() => undefined);
  const settings = { openToPublic: false, preferredDomainName: null, tags: [], strategy, desiredReplicaCount };
  const initialRevision = { revisionId: 'revision-0', contentHash: '0', activationId: 'activation-create' };
  world.user({ type: 'CreateDeployment', deploymentId: 'd', name: 'tiny', domain: 'default', project: 'p', createdBy: 'u', ...settings, initialRevision, atMs: 0 });
  for (const revisionId of ['revision-1', 'revision-2']) world.user({ type: 'RegisterRevision', revisionId, contentHash: revisionId, atMs: 0 });
  run(world);
  world.timers.clear();
  return world;
}

export function activate(world: SimulatedWorld, revisionId: string, isRollback = false): void {
  const cause = isRollback ? { kind: 'rollback' as const, toTimeMs: null, expectedHash: null } : { kind: 'activate' as const };
  world.user({ type: 'ChangeDeployment', activation: { activationId: `activation-${world.log.length}`, revisionId, cause }, atMs: world.nowMs });
}

export const pause = (world: SimulatedWorld): void => world.rollout(() => ({ type: 'PauseRollout', ...BY, atMs: world.nowMs }));
export const resume = (world: SimulatedWorld): void => world.rollout(() => ({ type: 'ResumeRollout', ...BY, atMs: world.nowMs }));
export const promote = (world: SimulatedWorld, full = false): void => world.rollout(({ step }) => ({ type: 'PromoteRollout', full, step, ...BY, atMs: world.nowMs }));

export function measure(world: SimulatedWorld, successes: number, failures: number, toMs = MINUTE_MS): void {
  world.rollout((state) => {
    const sample = { ...EMPTY_SAMPLE, successes, failures };
    const measurement = { fromMs: state.stepStartedAtMs, toMs: state.stepStartedAtMs + toMs, canary: sample, stable: sample };
    return { type: 'RecordMeasurement', step: state.step, measurement, atMs: world.nowMs };
  });
}

/** Everything that happens without time passing: facts are heard, effects performed, engines do well. */
export function run(world: SimulatedWorld): void {
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
export function walkOf(world: SimulatedWorld): Walk {
  const state = lastOf(world);
  if (state === undefined || state.phase === 'absent') throw new Error('there is no rollout');
  return state;
}
export const phaseOf = (world: SimulatedWorld): string => walkOf(world).phase;
export const stepUnderWay = (world: SimulatedWorld): string | undefined => walkOf(world).plan[walkOf(world).step]?.type;

/** The plan in words. */
export function steps(world: SimulatedWorld): string {
  const told = walkOf(world).plan.map(({ type, ...values }) => [type, ...('policy' in values ? [] : Object.values(values as Record<string, unknown>).map(String))].join(' '));
  return told.join(' · ');
}

/** Ready replicas by revision. */
export function counts(world: SimulatedWorld): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { revisionId, phase } of world.replicas.values()) if (phase === 'ready') found[revisionId] = (found[revisionId] ?? 0) + 1;
  return found;
}
