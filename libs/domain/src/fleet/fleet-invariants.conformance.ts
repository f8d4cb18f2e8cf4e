import type { FleetRollout } from './fleet.js';
import type { Fact, SimulatedWorld } from './simulated-world.js';

/** What a person may ask for too late, or of a step that is none to pass by; and what an engine's news may come too late for. */
const EXPECTED_REFUSALS = ['StaleAttempt', 'NothingToPass', 'RolloutIsPromoted', 'RolloutIsGoingBack'];

/** Everything has arrived, nothing is left over, and traffic goes where it should. */
export function checkRest(world: SimulatedWorld): void {
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

/** What holds at every event, whatever fails and in whichever order things come about. */
export function checkInvariants(world: SimulatedWorld, { input, decidedAt, decidedIn }: Fact): void {
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
