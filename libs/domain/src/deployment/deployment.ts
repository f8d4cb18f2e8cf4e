import { canonicalJson } from '../canonical-json.js';
import { accept, impossible, reject, type Decider, type Decision } from '../decider.js';
import { DEFAULT_STICKINESS } from '../routing/routing-table.js';
import type { DeploymentCommand, DeploymentEvent, DeploymentRejection } from './deployment-events.js';
import type { Activation, DeploymentState, LivingDeployment } from './deployment-state.js';
import { changed, registeredRevision } from './registered-revisions.js';

export type { DeploymentState, LivingDeployment } from './deployment-state.js';

/** Revisions one deployment may have in its life. */
export const REVISIONS_PER_DEPLOYMENT_MAX = 10_000;

/** How many settled activations are remembered, so that late confirmations change nothing. */
const SETTLED_ACTIVATIONS_KEPT = 32;

export const deployment: Decider<DeploymentState, DeploymentCommand, DeploymentEvent, DeploymentRejection> = {
  initialState: { phase: 'absent' },

  decide(command, state) {
    if (command.type === 'CreateDeployment') {
      if (state.phase === 'absent') return createDeployment(command);
      return state.name === command.name && state.domain === command.domain
        ? accept()
        : reject({ type: 'DeploymentExists', deploymentId: command.deploymentId });
    }
    if (state.phase === 'absent') return reject({ type: 'NoSuchDeployment' });
    switch (command.type) {
      case 'ConfirmActivation':
        return state.phase === 'deleted' ? accept() : confirmActivation(command, state);
      case 'FailActivation':
        return state.phase === 'deleted' ? accept() : failActivation(command, state);
      case 'DeleteDeployment':
        return state.phase === 'living' ? accept({ type: 'DeploymentDeletionRequested', atMs: command.atMs }) : accept();
      case 'ScaleReplicas':
        return state.phase === 'living' ? scaleReplicas(command, state) : accept();
      case 'ConfirmDeletion':
        return state.phase === 'deleting' ? accept({ type: 'DeploymentDeleted', atMs: command.atMs }) : accept();
      case 'RegisterRevision':
      case 'RetryActivation':
      case 'ChangeDeployment':
        return state.phase === 'living' ? change(command, state) : reject({ type: 'DeploymentIsGone', deploymentId: state.deploymentId });
    }
  },

  evolve(state, event) {
    if (event.type === 'DeploymentCreated') return state.phase === 'absent' ? created(event) : impossible(state, event);
    if (state.phase === 'absent') return impossible(state, event);
    const updatedAtMs = event.atMs;
    switch (event.type) {
      case 'RevisionRegistered': {
        const { revisionId, number, contentHash } = event;
        return changed(state, { revisionCount: state.revisionCount + 1, updatedAtMs }, { revisionId, number, contentHash });
      }
      case 'DeploymentRenamed':
        return changed(state, { name: event.name, updatedAtMs });
      case 'DeploymentVisibilityChanged':
        return changed(state, { openToPublic: event.openToPublic, updatedAtMs });
      case 'PreferredDomainNameChanged':
        return changed(state, { preferredDomainName: event.preferredDomainName, updatedAtMs });
      case 'DeploymentTagsChanged':
        return changed(state, { tags: event.tags, updatedAtMs });
      case 'DeploymentStrategyChanged':
        return changed(state, { strategy: event.strategy, updatedAtMs });
      case 'DeploymentStickinessChanged':
        return changed(state, { stickiness: event.stickiness, updatedAtMs });
      case 'ReplicasDesired':
        return changed(state, { desiredReplicaCount: event.desiredReplicaCount, updatedAtMs });
      case 'RevisionActivationRequested': {
        const { activationId, revisionId, cause } = event;
        return changed(state, { pending: { activationId, revisionId, cause }, updatedAtMs });
      }
      case 'RevisionActivated':
        return changed(state, { ...settled(state, event.activationId), ...activated(state, event.revisionId), updatedAtMs });
      case 'RevisionActivationFailed':
        return changed(state, { ...settled(state, event.activationId), ...failed(state, event), updatedAtMs });
      case 'RollbackVerified':
        return state;
      case 'DeploymentDeletionRequested':
        return changed(state, { phase: 'deleting', updatedAtMs });
      case 'DeploymentDeleted':
        return changed(state, { phase: 'deleted', updatedAtMs });
    }
  },
};

type Outcome = Decision<DeploymentEvent, DeploymentRejection>;
type Living = LivingDeployment;
type CommandOf<T extends DeploymentCommand['type']> = Extract<DeploymentCommand, { type: T }>;

function created(event: Extract<DeploymentEvent, { type: 'DeploymentCreated' }>): Living {
  const { type: _type, atMs, ...given } = event;
  return {
    ...given,
    phase: 'living',
    revisions: {},
    revisionCount: 0,
    activeRevisionId: null,
    history: [],
    pending: null,
    settledActivations: [],
    failedActivations: [],
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
}

/** A deployment and its first revision begin together, or not at all. */
function createDeployment(command: CommandOf<'CreateDeployment'>): Outcome {
  const { type: _type, initialRevision, ...given } = command;
  const { revisionId, contentHash, activationId } = initialRevision;
  const { atMs } = command;
  return accept<DeploymentEvent>(
    { type: 'DeploymentCreated', ...given },
    { type: 'RevisionRegistered', revisionId, number: 1, contentHash, atMs },
    { type: 'RevisionActivationRequested', activationId, revisionId, previousRevisionId: null, cause: { kind: 'create' }, atMs },
  );
}

function change(command: CommandOf<'RegisterRevision' | 'RetryActivation' | 'ChangeDeployment'>, state: Living): Outcome {
  if (command.type === 'RegisterRevision') {
    const { revisionId, contentHash, atMs } = command;
    if (isRegistered(state, revisionId)) return accept();
    if (state.revisionCount >= REVISIONS_PER_DEPLOYMENT_MAX)
      return reject({ type: 'TooManyRevisions', revisionsMax: REVISIONS_PER_DEPLOYMENT_MAX });
    return accept({ type: 'RevisionRegistered', revisionId, number: state.revisionCount + 1, contentHash, atMs });
  }
  if (command.type === 'RetryActivation') return retry(command, state);
  const changes = settingsChanges(command, state);
  if (command.activation === undefined) return accept(...changes);
  const activation = requestActivation({ ...command.activation, atMs: command.atMs }, state);
  return 'rejected' in activation ? activation : accept(...changes, ...activation.accepted);
}

/** One event per setting that really differs, so that saying the same again records nothing. */
function settingsChanges({ name, settings = {}, atMs }: CommandOf<'ChangeDeployment'>, state: Living): DeploymentEvent[] {
  const events: DeploymentEvent[] = [];
  const { openToPublic, preferredDomainName, tags, strategy, desiredReplicaCount, stickiness } = settings;
  if (name !== undefined && name !== state.name) events.push({ type: 'DeploymentRenamed', name, previousName: state.name, atMs });
  if (openToPublic !== undefined && openToPublic !== state.openToPublic)
    events.push({ type: 'DeploymentVisibilityChanged', openToPublic, atMs });
  if (preferredDomainName !== undefined && preferredDomainName !== state.preferredDomainName)
    events.push({ type: 'PreferredDomainNameChanged', preferredDomainName, previous: state.preferredDomainName, atMs });
  if (tags !== undefined && !sameList(tags, state.tags)) events.push({ type: 'DeploymentTagsChanged', tags, atMs });
  if (strategy !== undefined && !sameStrategy(strategy, state.strategy))
    events.push({ type: 'DeploymentStrategyChanged', strategy, atMs });
  if (desiredReplicaCount !== undefined && desiredReplicaCount !== state.desiredReplicaCount)
    events.push({ type: 'ReplicasDesired', desiredReplicaCount, atMs });
  if (stickiness !== undefined && stickiness !== (state.stickiness ?? DEFAULT_STICKINESS))
    events.push({ type: 'DeploymentStickinessChanged', stickiness, atMs });
  return events;
}

function requestActivation({ activationId, revisionId, cause, atMs }: Activation & { readonly atMs: number }, state: Living): Outcome {
  if (state.pending?.activationId === activationId || state.settledActivations.includes(activationId)) return accept();
  if (!isRegistered(state, revisionId)) return reject({ type: 'NoSuchRevision', revisionId });
  const previousRevisionId = state.activeRevisionId;
  // Asking for what is already on its way, or already there, changes nothing; a rollback to a time is always recorded.
  if (cause.kind !== 'rollback' && (state.pending?.revisionId ?? previousRevisionId) === revisionId) return accept();
  return accept({ type: 'RevisionActivationRequested', activationId, revisionId, previousRevisionId, cause, atMs });
}

function retry({ activationId, ofRolloutId, reason, atMs }: CommandOf<'RetryActivation'>, state: Living): Outcome {
  const failed = state.failedActivations.find((activation) => activation.activationId === ofRolloutId);
  if (failed === undefined) return reject({ type: 'NothingToRetry', rolloutId: ofRolloutId });
  const cause = { kind: 'retry' as const, ofRolloutId, ...(reason !== undefined && { reason }) };
  return requestActivation({ activationId, revisionId: failed.revisionId, cause, atMs }, state);
}

function scaleReplicas({ from, to, atMs }: CommandOf<'ScaleReplicas'>, { desiredReplicaCount }: Living): Outcome {
  return desiredReplicaCount === from && to !== from ? accept({ type: 'ReplicasDesired', desiredReplicaCount: to, atMs }) : accept();
}

function confirmActivation({ activationId, configurationHash, atMs }: CommandOf<'ConfirmActivation'>, state: Living): Outcome {
  const { pending } = state;
  if (state.settledActivations.includes(activationId)) return accept();
  if (pending === null || pending.activationId !== activationId) return reject({ type: 'NoSuchActivation', activationId });
  const activated: DeploymentEvent = { type: 'RevisionActivated', activationId, revisionId: pending.revisionId, atMs };
  const expectedHash = pending.cause.kind === 'rollback' ? pending.cause.expectedHash : null;
  if (expectedHash === null) return accept(activated);
  const verified = expectedHash === configurationHash;
  return accept<DeploymentEvent>(activated, { type: 'RollbackVerified', activationId, expectedHash, actualHash: configurationHash, verified, atMs });
}

function failActivation({ activationId, reason, atMs }: CommandOf<'FailActivation'>, state: Living): Outcome {
  const { pending } = state;
  if (state.settledActivations.includes(activationId)) return accept();
  if (pending === null || pending.activationId !== activationId) return reject({ type: 'NoSuchActivation', activationId });
  return accept({ type: 'RevisionActivationFailed', activationId, revisionId: pending.revisionId, reason, atMs });
}

function settled(state: Living, activationId: string): Pick<Living, 'pending' | 'settledActivations'> {
  const settledActivations = [...state.settledActivations, activationId].slice(-SETTLED_ACTIVATIONS_KEPT);
  return { pending: state.pending?.activationId === activationId ? null : state.pending, settledActivations };
}

function failed(state: Living, { activationId, revisionId }: { readonly activationId: string; readonly revisionId: string }): Pick<Living, 'failedActivations'> {
  return { failedActivations: [...state.failedActivations, { activationId, revisionId }].slice(-SETTLED_ACTIVATIONS_KEPT) };
}

function activated(state: Living, revisionId: string): Pick<Living, 'activeRevisionId' | 'history'> {
  const { activeRevisionId: previous, history } = state;
  if (previous === null || previous === revisionId) return { activeRevisionId: revisionId, history };
  // Looked for first: thousands that become active one after the other are not sifted each time. The active one is never in there.
  const earlier = history.includes(revisionId) ? history.filter((id) => id !== revisionId) : history;
  return { activeRevisionId: revisionId, history: [...earlier, previous] };
}

const isRegistered = (state: Living, revisionId: string): boolean => registeredRevision(state, revisionId) !== null;
const sameList = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]);
const sameStrategy = (a: Living['strategy'], b: Living['strategy']): boolean => canonicalJson(a) === canonicalJson(b);
