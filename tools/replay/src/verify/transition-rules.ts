import {
  isLegalStatusChange,
  registeredRevision,
  type AccessEvent,
  type AccessState,
  type DeploymentEvent,
  type DeploymentState,
  type NameEvent,
  type NameState,
  type ReplicaEvent,
  type ReplicaState,
  type RevisionEvent,
  type RevisionState,
  type RolloutEvent,
  type RolloutState,
  type ScalingEvent,
  type ScalingState,
  type StatusEvent,
  type StatusState,
} from '@slipway/domain';
import type { AggregateCategory } from '../folds/aggregate-folds.js';

/**
 * What must hold between a state and the event that follows it, over and above what folding notices by itself (folding
 * never checks a rule). Null: it may follow. `id` is the stream's id without its category.
 */
export type TransitionRule<State, Event> = { problem(state: State, event: Event, id: string): string | null };

export type AnyTransitionRule = TransitionRule<unknown, { readonly type: string }>;

/** True sentences about a step; the first that does not hold is the problem. */
type Claims = Readonly<Record<string, boolean>>;

const rule = <State, Event>(claims: (state: State, event: Event, id: string) => Claims): TransitionRule<State, Event> => ({
  problem(state, event, id) {
    const broken = Object.entries(claims(state, event, id)).find(([, holds]) => !holds);
    return broken === undefined ? null : `it does not hold that ${broken[0]}`;
  },
});

const deploymentRule = rule<DeploymentState, DeploymentEvent>((state, event, id) => {
  if (event.type === 'DeploymentCreated') return { 'the stream bears the id of its deployment': event.deploymentId === id };
  if (state.phase === 'absent') return { 'a deployment begins by being created': false };
  const isLiving = { 'the deployment is not being deleted': state.phase === 'living' };
  switch (event.type) {
    case 'RevisionRegistered': {
      const isNew = registeredRevision(state, event.revisionId) === null;
      return { ...isLiving, 'revisions are numbered without gaps': event.number === state.revisionCount + 1, 'the revision is new': isNew };
    }
    case 'DeploymentRenamed':
      return { ...isLiving, 'the previous name is the one it had': event.previousName === state.name };
    case 'PreferredDomainNameChanged':
      return { ...isLiving, 'the previous domain name is the one it had': event.previous === state.preferredDomainName };
    case 'RevisionActivationRequested':
      return {
        ...isLiving,
        'the revision is registered': registeredRevision(state, event.revisionId) !== null,
        'the previous revision is the active one': event.previousRevisionId === state.activeRevisionId,
      };
    case 'RevisionActivated':
    case 'RevisionActivationFailed': {
      const { pending, phase } = state;
      const isPending = pending?.activationId === event.activationId && pending.revisionId === event.revisionId;
      return { 'the activation is pending': isPending, 'the deployment is not deleted': phase !== 'deleted' };
    }
    case 'RollbackVerified':
      return {
        'its activation is settled': state.settledActivations.includes(event.activationId),
        'its verdict is that of its hashes': event.verified === (event.expectedHash === event.actualHash),
      };
    case 'DeploymentVisibilityChanged':
    case 'DeploymentTagsChanged':
    case 'DeploymentStickinessChanged':
    case 'DeploymentStrategyChanged':
    case 'ReplicasDesired':
    case 'DeploymentDeletionRequested':
      return isLiving;
    case 'DeploymentDeleted':
      return { 'its deletion was requested': state.phase === 'deleting' };
  }
});

const revisionRule = rule<RevisionState, RevisionEvent>((state, event, id) => ({
  'a revision is created once': state.phase === 'absent',
  'the stream bears the id of its revision': event.revisionId === id,
}));

const accessRule = rule<AccessState, AccessEvent>((state, event, id) => {
  const known = Object.hasOwn(state.tokens, event.tokenId) ? state.tokens[event.tokenId] : undefined;
  return {
    'the stream bears the id of its deployment': event.deploymentId === id,
    ...(event.type === 'AccessTokenCreated'
      ? { 'the token is new': known === undefined }
      : { 'the token exists': known !== undefined && !known.deleted }),
  };
});

const nameRule = rule<NameState, NameEvent>(({ holder }, event) =>
  event.type === 'NameReserved' ? { 'the name is free': holder === null } : { 'the name is released by its holder': holder === event.deploymentId },
);

const statusRule = rule<StatusState, StatusEvent>(({ status }, event) => {
  if (event.type === 'DeploymentStatusChanged')
    return { 'it leaves the status it was in': event.from === status, [`${event.to} may follow ${status}`]: isLegalStatusChange(status, event.to) };
  const sumPercent = event.weights.reduce((sum, { weightPercent }) => sum + weightPercent, 0);
  return { 'weights sum to 100, or there are none': event.weights.length === 0 || sumPercent === 100 };
});

const rolloutRule = rule<RolloutState, RolloutEvent>((state, event, id) => {
  if (event.type === 'RolloutStarted') return { 'the stream bears the id of its rollout': event.rolloutId === id };
  if (state.phase === 'absent') return { 'a rollout begins by being started': false };
  const { direction, step, plan, paused, promotedAtMs } = state;
  const forward = { 'it is on the way forward': direction === 'forward' };
  const belongs = {
    'it belongs to the same deployment and activation': event.deploymentId === state.deploymentId && event.activationId === state.activationId,
  };
  switch (event.type) {
    case 'RolloutStepCompleted':
      return { ...belongs, 'steps are completed in order': event.direction === direction && event.step === step };
    case 'RolloutStepSkipped':
      return { ...belongs, ...forward, 'a wait is passed by': event.step === step && ['hold', 'analyse'].includes(plan[step]?.type ?? '') };
    case 'RolloutFastForwarded':
      return { ...belongs, ...forward, 'what is behind it stays': plan.slice(0, step).every((done, index) => done.type === event.plan[index]?.type) };
    case 'RolloutRescaled':
      return { ...belongs, ...forward, 'it keeps its steps': event.plan.length === plan.length };
    case 'RolloutMeasured':
      return { ...belongs, ...forward, 'what is analysed is measured': event.step === step && plan[step]?.type === 'analyse' };
    case 'RolloutPaused':
      return { ...belongs, ...forward, 'it was not paused': !paused };
    case 'RolloutResumed':
      return { ...belongs, 'it was paused': paused };
    case 'RolloutAbortRequested':
      return { ...belongs, ...forward, 'it is not promoted yet': promotedAtMs === null };
    case 'RolloutPromoted':
      return { ...belongs, ...forward, 'its promotion was the step before': plan[step - 1]?.type === 'promote' };
    case 'RolloutAborted':
      return { ...belongs, 'it is aborted on the way forward': direction === 'forward', 'it is not promoted yet': promotedAtMs === null };
    case 'RolloutCompleted':
      return { ...belongs, 'every step forward is complete': direction === 'forward' && step >= plan.length };
    case 'RolloutRolledBack':
      return { ...belongs, 'every step back is complete': direction === 'back' && step >= plan.length };
    case 'RolloutFailed':
      return { ...belongs, 'it fails on the way back': direction === 'back' };
    case 'RolloutSuperseded':
      return belongs;
  }
});

const replicaRule = rule<ReplicaState, ReplicaEvent>((state, event, id) => {
  const { phase, attempt } = state;
  if (event.type === 'ReplicaRequested') return { 'the stream bears the id of its replica': event.replicaId === id };
  const living = {
    'a replica begins by being requested': phase !== 'absent',
    'nothing follows its end': phase !== 'stopped' && phase !== 'failed',
    'it belongs to the same deployment and revision': event.deploymentId === state.deploymentId && event.revisionId === state.revisionId,
  };
  const isLeaving = phase === 'draining' || phase === 'drained';
  switch (event.type) {
    case 'ReplicaLaunched':
      return { ...living, 'starts are counted upwards': event.attempt > attempt, 'it is not leaving': !isLeaving };
    case 'ReplicaReady':
      return { ...living, 'the present start became ready': event.attempt === attempt && (phase === 'launched' || phase === 'unready') };
    case 'ReplicaUnready':
      return { ...living, 'the present start was ready': event.attempt === attempt && phase === 'ready' };
    case 'ReplicaExited':
      return { ...living, 'the present start was running': event.attempt === attempt && phase !== 'restarting' && !isLeaving };
    case 'ReplicaFailed':
      return living;
    case 'ReplicaDraining':
      return { ...living, 'it is not leaving already': !isLeaving };
    case 'ReplicaDrained':
      return { ...living, 'it was draining': phase === 'draining' };
    case 'ReplicaStopped':
      return { ...living, 'it was drained': phase === 'drained' };
  }
});

const scalingRule = rule<ScalingState, ScalingEvent>(({ rules, deletedRuleIds, lastEvaluation }, event, id) => {
  const belongs = { 'the stream bears the id of its deployment': event.deploymentId === id };
  const exists = (ruleId: string): boolean => rules.some((known) => known.ruleId === ruleId);
  switch (event.type) {
    case 'AutoScalingRuleCreated':
      return { ...belongs, 'the rule is new': !exists(event.rule.ruleId) && !deletedRuleIds.includes(event.rule.ruleId) };
    case 'AutoScalingRuleUpdated':
      return { ...belongs, 'the rule exists': exists(event.rule.ruleId) };
    case 'AutoScalingRuleDeleted':
      return { ...belongs, 'the rule exists': exists(event.ruleId) };
    case 'ScaleEvaluated':
      return { ...belongs, 'it is of another time than the evaluation before': event.atMs !== lastEvaluation?.atMs };
    case 'ReplicasDesiredChanged':
      return {
        ...belongs,
        'it rests on an evaluation': lastEvaluation?.atMs === event.atMs && lastEvaluation.desired === event.from,
        'it changes something': event.from !== event.to,
        'the rule that decided exists': event.ruleId === null || exists(event.ruleId),
      };
  }
});

/** By the category of the stream. */
export const transitionRules: Readonly<Record<AggregateCategory, AnyTransitionRule>> = {
  deployment: deploymentRule,
  revision: revisionRule,
  access: accessRule,
  name: nameRule,
  rollout: rolloutRule,
  replica: replicaRule,
  scaling: scalingRule,
  status: statusRule,
};
