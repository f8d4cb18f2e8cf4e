import type { DeploymentEvent } from '../deployment/deployment-events.js';
import type { NameEvent } from '../name/name.js';
import type { Process } from '../process.js';
import type { RolloutEvent } from '../rollout/rollout-events.js';
import type { ScalingEvent } from '../scaling/scaling-events.js';
import type { StatusEvent } from '../status/deployment-status.js';

/** A reserved name that its deployment does not bear after this long is given back (the creation or renaming was cut short). */
export const RESERVATION_LIMIT_MS = 60_000;

export type RegistrarInput =
  | { readonly from: 'deployment'; readonly deploymentId: string; readonly event: DeploymentEvent }
  | { readonly from: 'rollout'; readonly event: RolloutEvent }
  | { readonly from: 'status'; readonly event: StatusEvent }
  | { readonly from: 'scaling'; readonly deploymentId: string; readonly event: Extract<ScalingEvent, { type: 'ReplicasDesiredChanged' }> }
  | { readonly from: 'name'; readonly nameStream: string; readonly event: NameEvent }
  | { readonly from: 'timer'; readonly timer: { readonly type: 'ReservationLimitReached'; readonly nameStream: string } };

export type RegistrarEffect =
  | { readonly type: 'confirmActivation'; readonly deploymentId: string; readonly activationId: string }
  | { readonly type: 'failActivation'; readonly deploymentId: string; readonly activationId: string; readonly reason: string }
  | { readonly type: 'scale'; readonly deploymentId: string; readonly replicas: { readonly from: number; readonly to: number } }
  | { readonly type: 'confirmDeletion'; readonly deploymentId: string }
  | { readonly type: 'releaseName'; readonly deploymentId: string; readonly domain: string; readonly name: string }
  | { readonly type: 'releaseHost'; readonly deploymentId: string; readonly hostName: string }
  /** Release the name unless the deployment bears it by now. */
  | { readonly type: 'releaseStream'; readonly deploymentId: string; readonly nameStream: string }
  | { readonly type: 'wakeIn'; readonly timerId: string; readonly delayMs: number; readonly input: RegistrarInput };

export type Registrar = {
  readonly deploymentId: string | null;
  readonly domain: string;
  readonly name: string;
  readonly hostName: string | null;
};

/**
 * Keeps a deployment's spec in step with what became of it: activations are confirmed or failed by the rollout's end, a
 * deletion by the last replica's; what the autoscaler decides becomes what is desired; names no longer used are released.
 */
export const registrarProcess: Process<Registrar, RegistrarInput, RegistrarEffect> = {
  version: 2,
  initialState: { deploymentId: null, domain: '', name: '', hostName: null },

  evolve(state, input) {
    if (input.from === 'name') return { ...state, deploymentId: input.event.deploymentId };
    if (input.from !== 'deployment') return state;
    const { event, deploymentId } = input;
    switch (event.type) {
      case 'DeploymentCreated':
        return { deploymentId, domain: event.domain, name: event.name, hostName: event.preferredDomainName };
      case 'DeploymentRenamed':
        return { ...state, name: event.name };
      case 'PreferredDomainNameChanged':
        return { ...state, hostName: event.preferredDomainName };
      case 'RevisionRegistered':
      case 'DeploymentVisibilityChanged':
      case 'DeploymentTagsChanged':
      case 'DeploymentStickinessChanged':
      case 'DeploymentStrategyChanged':
      case 'ReplicasDesired':
      case 'RevisionActivationRequested':
      case 'RevisionActivated':
      case 'RevisionActivationFailed':
      case 'RollbackVerified':
      case 'DeploymentDeletionRequested':
      case 'DeploymentDeleted':
        return state;
    }
  },

  react(input, state) {
    switch (input.from) {
      case 'deployment':
        return afterDeploymentEvent(input.event, input.deploymentId, state);
      case 'rollout':
        return afterRolloutEvent(input.event);
      case 'status':
        return input.event.type === 'DeploymentStatusChanged' && input.event.to === 'DESTROYED' && state.deploymentId !== null
          ? [{ type: 'confirmDeletion', deploymentId: state.deploymentId }]
          : [];
      case 'scaling': {
        const { from, to } = input.event;
        return [{ type: 'scale', deploymentId: input.deploymentId, replicas: { from, to } }];
      }
      case 'name': {
        if (input.event.type === 'NameReleased') return [];
        const { nameStream } = input;
        const timer = { type: 'ReservationLimitReached' as const, nameStream };
        const wake = { timerId: `reservation/${nameStream}`, delayMs: RESERVATION_LIMIT_MS, input: { from: 'timer' as const, timer } };
        return [{ type: 'wakeIn', ...wake }];
      }
      case 'timer':
        return state.deploymentId === null
          ? []
          : [{ type: 'releaseStream', deploymentId: state.deploymentId, nameStream: input.timer.nameStream }];
    }
  },
};

function afterRolloutEvent(event: RolloutEvent): readonly RegistrarEffect[] {
  const { deploymentId, activationId } = event;
  switch (event.type) {
    case 'RolloutPromoted':
    case 'RolloutCompleted': // rollouts of older releases were not promoted before they ended
      return [{ type: 'confirmActivation', deploymentId, activationId }];
    case 'RolloutRolledBack':
    case 'RolloutFailed':
      return [{ type: 'failActivation', deploymentId, activationId, reason: event.reason }];
    case 'RolloutStarted':
    case 'RolloutStepCompleted':
    case 'RolloutStepSkipped':
    case 'RolloutFastForwarded':
    case 'RolloutRescaled':
    case 'RolloutMeasured':
    case 'RolloutPaused':
    case 'RolloutResumed':
    case 'RolloutAbortRequested':
    case 'RolloutAborted':
    case 'RolloutSuperseded': // the newer activation stands in the deployment's own stream
      return [];
  }
}

function afterDeploymentEvent(event: DeploymentEvent, deploymentId: string, state: Registrar): readonly RegistrarEffect[] {
  switch (event.type) {
    case 'DeploymentRenamed':
      return [{ type: 'releaseName', deploymentId, domain: state.domain, name: event.previousName }];
    case 'PreferredDomainNameChanged':
      return event.previous === null ? [] : [{ type: 'releaseHost', deploymentId, hostName: event.previous }];
    case 'DeploymentDeleted': {
      const own: RegistrarEffect = { type: 'releaseName', deploymentId, domain: state.domain, name: state.name };
      return state.hostName === null ? [own] : [own, { type: 'releaseHost', deploymentId, hostName: state.hostName }];
    }
    case 'DeploymentCreated':
    case 'RevisionRegistered':
    case 'DeploymentVisibilityChanged':
    case 'DeploymentTagsChanged':
    case 'DeploymentStickinessChanged':
    case 'DeploymentStrategyChanged':
    case 'ReplicasDesired':
    case 'RevisionActivationRequested':
    case 'RevisionActivated':
    case 'RevisionActivationFailed':
    case 'RollbackVerified':
    case 'DeploymentDeletionRequested':
      return [];
  }
}
