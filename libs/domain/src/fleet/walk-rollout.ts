import { compilePlan } from '../rollout/compile-plan.js';
import { rollingPlan } from '../rollout/rolling-plan.js';
import type { RolloutStep } from '../rollout/rollout-plan.js';
import { PROGRESS_DEADLINE_MS } from '../rollout/rollout.js';
import type { Fleet, FleetReplica, FleetRollout, WantedActivation } from './fleet.js';
import type { FleetEffect } from './fleet-effect.js';
import { heldReplicas } from './held-replicas.js';
import { weightsWith } from './rollout-weights.js';
import { changeRouting, drain, leastUseful, ready, request, staying } from './steady-fleet.js';

/** Compiles the strategy to a plan over the replicas as they stand, whichever revisions they run. */
export function startRollout(fleet: Fleet, wanted: WantedActivation): readonly FleetEffect[] {
  const { deploymentId, desired, strategy, stableRevisionId } = fleet;
  const isPrevious = (replica: FleetReplica): boolean => replica.revisionId === stableRevisionId && replica.revisionId !== wanted.revisionId;
  const others = staying(fleet).filter((replica) => replica.revisionId !== wanted.revisionId && !isPrevious(replica)).length;
  const previousReady = ready(staying(fleet)).filter(isPrevious).length;
  const targetReady = ready(staying(fleet)).filter((replica) => replica.revisionId === wanted.revisionId).length;
  const start = { desired, ...countsFor(fleet, wanted.revisionId), targetReady, previousReady, others, isRollback: wanted.isRollback };
  const command = {
    type: 'StartRollout' as const,
    rolloutId: wanted.activationId,
    deploymentId,
    activationId: wanted.activationId,
    targetRevisionId: wanted.revisionId,
    previousRevisionId: stableRevisionId,
    strategy: strategy?.type ?? 'ROLLING',
    desired,
    progressDeadlineMs: strategy?.config.progressDeadlineSeconds === undefined ? PROGRESS_DEADLINE_MS : strategy.config.progressDeadlineSeconds * 1000,
    ...compilePlan(strategy, start),
  };
  return [{ type: 'sendRollout', rolloutId: wanted.activationId, command }];
}

/** What the step under way still calls for; when nothing is left to do, that it is complete. */
export function rolloutEffects(fleet: Fleet, rollout: FleetRollout): readonly FleetEffect[] {
  const { rolloutId, direction } = rollout;
  const reason = direction === 'forward' && !rollout.isPromoted ? whyGiveUp(rollout) : null;
  if (reason !== null) return [abortRollout(fleet, rollout, reason)];
  const held = heldReplicas(fleet, rollout);
  const step = rollout.plan[rollout.step];
  if (step === undefined || rollout.isPaused) return held; // the ending is on its way, or nothing is to change
  const outstanding = stepEffects(fleet, rollout, step);
  if (outstanding !== 'done') return outstanding.length > 0 ? outstanding : held; // never both: two requests would take one ordinal
  return [...held, { type: 'sendRollout', rolloutId, command: { type: 'CompleteStep', direction, step: rollout.step } }];
}

function whyGiveUp({ failure, abortReason, analysis }: FleetRollout): string | null {
  return abortReason ?? failure ?? (analysis?.next === 'abort' ? analysis.reason : null);
}

/** Forward: walk back to the previous revision, all traffic first if it still serves. Back already, or nothing to go back to: fail. */
export function abortRollout(fleet: Fleet, rollout: FleetRollout, reason: string): FleetEffect {
  const { rolloutId, previousRevisionId, desired, surge, unavailable } = rollout;
  const hasWayBack = rollout.direction === 'forward' && previousRevisionId !== null;
  const plan = hasWayBack ? planBack(fleet, previousRevisionId, { desired, surge, unavailable }) : [];
  return { type: 'sendRollout', rolloutId, command: { type: 'AbortRollout', reason, plan } };
}

type Limits = { readonly desired: number; readonly surge: number; readonly unavailable: number };

function planBack(fleet: Fleet, revisionId: string, { desired, ...limits }: Limits): readonly RolloutStep[] {
  const warm = ready(staying(fleet)).some((replica) => replica.revisionId === revisionId);
  const start = { desired, ...countsFor(fleet, revisionId) };
  if (!warm || start.weightPercent === 100) return rollingPlan(start, limits);
  return [{ type: 'setWeight', weightPercent: 100 }, ...rollingPlan({ ...start, weightPercent: 100 }, limits)];
}

function stepEffects(fleet: Fleet, rollout: FleetRollout, step: RolloutStep): readonly FleetEffect[] | 'done' {
  const target = staying(fleet).filter((replica) => replica.revisionId === rollout.targetRevisionId);
  switch (step.type) {
    case 'restore': {
      const previous = ready(staying(fleet)).filter((replica) => replica.revisionId === rollout.previousRevisionId);
      return previous.length >= step.count ? 'done' : [];
    }
    case 'retire':
      return drainRest(fleet, rollout, 0, (replica) => replica.revisionId !== rollout.targetRevisionId && replica.revisionId !== rollout.previousRevisionId);
    case 'launch':
      return target.length >= step.count ? 'done' : launchInto(fleet, rollout, step.count - target.length);
    case 'awaitReady':
      // On the way back, one that was given up is replaced.
      return ready(target).length >= step.count ? 'done' : launchInto(fleet, rollout, step.count - target.length);
    case 'setWeight': {
      const mirror = step.weightPercent === 100 || rollout.direction === 'back' ? null : fleet.mirror;
      const change = changeRouting(fleet, weightsWith(fleet, rollout, step.weightPercent), mirror);
      return change.length === 0 ? 'done' : change;
    }
    case 'setMirror': {
      const mirror = step.percent === 0 ? null : { revisionId: rollout.targetRevisionId, percent: step.percent };
      const change = changeRouting(fleet, fleet.weights, mirror);
      return change.length === 0 ? 'done' : change;
    }
    case 'hold':
      return rollout.holdIsOver ? 'done' : [];
    case 'analyse':
      return rollout.analysis?.next === 'continue' ? 'done' : [];
    case 'drain':
      return drainRest(fleet, rollout, step.remaining, (replica) => replica.revisionId !== rollout.targetRevisionId);
    case 'promote':
      return 'done';
  }
}

/** A replica that is still leaving takes room until it is gone. */
function launchInto(fleet: Fleet, { targetRevisionId, desired, surge }: FleetRollout, missing: number): readonly FleetEffect[] {
  const room = desired + surge - Object.keys(fleet.replicas).length;
  return request(fleet, targetRevisionId, Math.min(missing, room));
}

/** Those that do not serve go first and freely; one that serves goes only while enough others are ready. */
function drainRest(
  fleet: Fleet,
  rollout: FleetRollout,
  remaining: number,
  isRest: (replica: FleetReplica) => boolean,
): readonly FleetEffect[] | 'done' {
  const rest = staying(fleet).filter(isRest);
  const leaving = Object.values(fleet.replicas).filter((replica) => replica.phase === 'leaving' && isRest(replica));
  if (rest.length <= remaining) return leaving.length === 0 ? 'done' : [];
  let spare = ready(staying(fleet)).length - (rollout.desired - rollout.unavailable);
  const effects: FleetEffect[] = [];
  for (const replica of leastUseful(rest).slice(0, rest.length - remaining)) {
    if (replica.phase === 'ready' && spare-- <= 0) break;
    effects.push(drain(replica, 'replaced by a rollout'));
  }
  return effects;
}

function countsFor(fleet: Fleet, revisionId: string): { target: number; rest: number; weightPercent: number } {
  const target = staying(fleet).filter((replica) => replica.revisionId === revisionId).length;
  const weightPercent = fleet.weights.find((weight) => weight.revisionId === revisionId)?.weightPercent ?? 0;
  return { target, rest: staying(fleet).length - target, weightPercent };
}
