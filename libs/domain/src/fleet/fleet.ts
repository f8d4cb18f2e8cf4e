import type { Judgement } from '../analysis/judgement.js';
import type { DeploymentEvent } from '../deployment/deployment-events.js';
import type { ReplicaEvent } from '../replica/replica-events.js';
import type { RolloutDirection, RolloutEvent } from '../rollout/rollout-events.js';
import type { RolloutStep } from '../rollout/rollout-plan.js';
import type { DeploymentStatus, Mirror, RevisionWeight, StatusEvent } from '../status/deployment-status.js';
import type { DeploymentStrategy } from '../strategy/deployment-strategy.js';
import type { FleetEffect } from './fleet-effect.js';
import { afterRolloutEvent } from './fleet-after-rollout.js';
import { inNewestForm } from './older-inputs.js';

/** What the orchestrator must hear about one deployment, from every stream that concerns it. */
export type FleetInput =
  | { readonly from: 'deployment'; readonly event: DeploymentEvent }
  | { readonly from: 'rollout'; readonly rolloutId: string; readonly event: RolloutEvent }
  | { readonly from: 'replica'; readonly replicaId: string; readonly event: ReplicaEvent }
  | { readonly from: 'status'; readonly event: StatusEvent }
  | { readonly from: 'timer'; readonly timer: FleetTimer };

export type FleetTimer =
  | { readonly type: 'ProgressDeadlinePassed'; readonly rolloutId: string; readonly direction: RolloutDirection; readonly step: number }
  | { readonly type: 'HoldOver'; readonly rolloutId: string; readonly step: number }
  | { readonly type: 'ReplacementDue' };

export type FleetReplicaPhase = 'starting' | 'ready' | 'unready' | 'leaving';
export type FleetReplica = {
  readonly replicaId: string;
  readonly revisionId: string;
  readonly ordinal: number;
  readonly phase: FleetReplicaPhase;
};

export type FleetRollout = {
  readonly rolloutId: string;
  readonly activationId: string;
  /** The revision to arrive at, in the direction walked: after an abort this is the one to come back to. */
  readonly targetRevisionId: string;
  readonly previousRevisionId: string | null;
  readonly sideBySide: boolean;
  readonly desired: number;
  readonly surge: number;
  readonly unavailable: number;
  readonly plan: readonly RolloutStep[];
  readonly direction: RolloutDirection;
  readonly step: number;
  readonly progressDeadlineMs: number;
  readonly isPaused: boolean;
  readonly isPromoted: boolean;
  /** Of the step under way, if it is a hold with an end. */
  readonly holdIsOver: boolean;
  /** What the newest measurement of the step under way came to. */
  readonly analysis: { readonly next: Judgement['next']; readonly reason: string } | null;
  /** Set once somebody asked to turn back. */
  readonly abortReason: string | null;
  /** Set once a target replica has been given up on the way forward. */
  readonly failure: string | null;
};

export type WantedActivation = { readonly activationId: string; readonly revisionId: string; readonly isRollback: boolean };

/** One deployment as the orchestrator sees it: what is wanted, and what there is. Replicas that are over are not kept. */
export type Fleet = {
  readonly deploymentId: string;
  readonly name: string;
  readonly strategy: DeploymentStrategy | null;
  readonly desired: number;
  /** The revision that serves when no rollout runs. */
  readonly stableRevisionId: string | null;
  readonly wanted: WantedActivation | null;
  readonly rollout: FleetRollout | null;
  readonly lastRolloutFailed: string | null;
  readonly replicas: Readonly<Record<string, FleetReplica>>;
  readonly nextOrdinal: number;
  readonly weights: readonly RevisionWeight[];
  readonly mirror: Mirror | null;
  readonly status: DeploymentStatus | null;
  readonly deleting: boolean;
  /** Replicas given up since one was last ready: the back-off of replacements grows with it. */
  readonly failuresInARow: number;
  readonly replacementAllowed: boolean;
};

export const noFleet: Fleet = {
  deploymentId: '',
  name: '',
  strategy: null,
  desired: 0,
  stableRevisionId: null,
  wanted: null,
  rollout: null,
  lastRolloutFailed: null,
  replicas: {},
  nextOrdinal: 0,
  weights: [],
  mirror: null,
  status: null,
  deleting: false,
  failuresInARow: 0,
  replacementAllowed: true,
};

/** The fleet with one more input seen; what was decided before stays claimed. */
export function seeInput(fleet: Fleet, recorded: FleetInput): Fleet {
  const input = inNewestForm(recorded);
  switch (input.from) {
    case 'deployment':
      return afterDeploymentEvent(fleet, input.event);
    case 'rollout':
      return afterRolloutEvent(fleet, input.rolloutId, input.event);
    case 'replica':
      return afterReplicaEvent(fleet, input.replicaId, input.event);
    case 'status':
      return input.event.type === 'DeploymentStatusChanged'
        ? { ...fleet, status: input.event.to }
        : { ...fleet, weights: input.event.weights, mirror: input.event.mirror };
    case 'timer':
      return afterTimer(fleet, input.timer);
  }
}

function afterTimer(fleet: Fleet, timer: FleetTimer): Fleet {
  const { rollout } = fleet;
  switch (timer.type) {
    case 'ReplacementDue':
      return { ...fleet, replacementAllowed: true };
    case 'HoldOver':
      return rollout?.rolloutId === timer.rolloutId && rollout.step === timer.step && rollout.direction === 'forward'
        ? { ...fleet, rollout: { ...rollout, holdIsOver: true } }
        : fleet;
    case 'ProgressDeadlinePassed':
      return fleet;
  }
}

function afterDeploymentEvent(fleet: Fleet, event: DeploymentEvent): Fleet {
  switch (event.type) {
    case 'DeploymentCreated': {
      const { deploymentId, name, strategy, desiredReplicaCount } = event;
      return { ...fleet, deploymentId, name, strategy, desired: desiredReplicaCount };
    }
    case 'DeploymentRenamed':
      return { ...fleet, name: event.name };
    case 'DeploymentStrategyChanged':
      return { ...fleet, strategy: event.strategy };
    case 'ReplicasDesired':
      return { ...fleet, desired: event.desiredReplicaCount, replacementAllowed: true };
    case 'RevisionActivationRequested':
      return { ...fleet, wanted: wantedBy(event), replacementAllowed: true };
    case 'DeploymentDeletionRequested':
      return { ...fleet, deleting: true, wanted: null };
    case 'RevisionRegistered':
    case 'DeploymentVisibilityChanged':
    case 'PreferredDomainNameChanged':
    case 'DeploymentTagsChanged':
    case 'DeploymentStickinessChanged':
    case 'RevisionActivated':
    case 'RevisionActivationFailed':
    case 'RollbackVerified':
    case 'DeploymentDeleted':
      return fleet;
  }
}

function wantedBy({ activationId, revisionId, cause }: Extract<DeploymentEvent, { type: 'RevisionActivationRequested' }>): WantedActivation {
  return { activationId, revisionId, isRollback: cause.kind === 'rollback' };
}

function afterReplicaEvent(fleet: Fleet, replicaId: string, event: ReplicaEvent): Fleet {
  const known = fleet.replicas[replicaId];
  switch (event.type) {
    case 'ReplicaRequested': {
      const { revisionId, ordinal } = event;
      const nextOrdinal = Math.max(fleet.nextOrdinal, ordinal + 1);
      return withReplica({ ...fleet, nextOrdinal }, known ?? { replicaId, revisionId, ordinal, phase: 'starting' });
    }
    case 'ReplicaLaunched':
      return fleet;
    case 'ReplicaReady':
      return { ...inPhase(fleet, known, 'ready'), failuresInARow: 0, replacementAllowed: true };
    case 'ReplicaUnready':
    case 'ReplicaExited':
      return inPhase(fleet, known, 'unready');
    case 'ReplicaDraining':
    case 'ReplicaDrained':
      return inPhase(fleet, known, 'leaving');
    case 'ReplicaStopped':
      return withoutReplica(fleet, replicaId);
    case 'ReplicaFailed':
      return afterFailure(withoutReplica(fleet, replicaId), event);
  }
}

/**
 * Marks what was just decided as if it had happened: a replica to be drained counts as leaving, a requested one as
 * starting, a status as changed. Effects are recorded with the decision and performed for certain, and the next decision, made before their
 * events come back, must not choose another victim or another newcomer for the same purpose.
 */
export function claim(fleet: Fleet, effects: readonly FleetEffect[]): Fleet {
  let claimed = fleet;
  for (const effect of effects) {
    if (effect.type === 'sendStatus' && effect.command.type === 'ChangeStatus') claimed = { ...claimed, status: effect.command.to };
    if (effect.type !== 'sendReplica') continue;
    const { command, replicaId } = effect;
    const known = claimed.replicas[replicaId];
    if (command.type === 'DrainReplica' && known !== undefined) claimed = withReplica(claimed, { ...known, phase: 'leaving' });
    if (command.type !== 'RequestReplica') continue;
    const { revisionId, ordinal } = command;
    claimed = withReplica({ ...claimed, nextOrdinal: ordinal + 1 }, { replicaId, revisionId, ordinal, phase: 'starting' });
  }
  return claimed;
}

function afterFailure(fleet: Fleet, event: Extract<ReplicaEvent, { type: 'ReplicaFailed' }>): Fleet {
  const { rollout } = fleet;
  const counted = { ...fleet, failuresInARow: fleet.failuresInARow + 1, replacementAllowed: false };
  if (rollout?.direction !== 'forward' || rollout.isPromoted || event.revisionId !== rollout.targetRevisionId) return counted;
  return { ...counted, rollout: { ...rollout, failure: `${event.errorData.reason}: ${event.errorData.message}` } };
}

function inPhase(fleet: Fleet, known: FleetReplica | undefined, phase: FleetReplicaPhase): Fleet {
  if (known === undefined || known.phase === 'leaving') return fleet;
  return withReplica(fleet, { ...known, phase });
}

function withReplica(fleet: Fleet, replica: FleetReplica): Fleet {
  return { ...fleet, replicas: { ...fleet.replicas, [replica.replicaId]: replica } };
}

function withoutReplica(fleet: Fleet, replicaId: string): Fleet {
  const { [replicaId]: _gone, ...replicas } = fleet.replicas;
  return { ...fleet, replicas };
}
