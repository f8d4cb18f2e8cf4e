import type { RuleFinding } from '../scaling/scale-evaluation.js';
import type { ScalingRule } from '../scaling/scaling-rule.js';
import type { RevisionWeight } from '../status/deployment-status.js';
import type { DeploymentFact } from './timeline-fact.js';

/** What is known beside the fact. */
export type SentenceContext = {
  readonly actor: string | null;
  readonly deploymentId: string;
  /** The stream's id without its category. */
  readonly streamKey: string;
  /** Null: not known. */
  revisionNumber(revisionId: string): number | null;
};

/** One sentence, without a full stop, that says what happened. */
export function factSentence(event: DeploymentFact, context: SentenceContext): string {
  const say = SENTENCES[event.type] as (event: DeploymentFact, context: SentenceContext) => string;
  return say(event, context);
}

type Sentences = { readonly [T in DeploymentFact['type']]: (event: Extract<DeploymentFact, { readonly type: T }>, context: SentenceContext) => string };

/** Text from elsewhere that a sentence quotes, in characters. */
const QUOTED_CHARACTERS_MAX = 160;

const SENTENCES: Sentences = {
  NameReserved: (_, { streamKey }) => `Name ${streamKey} reserved`,
  NameReleased: (_, { streamKey }) => `Name ${streamKey} released`,

  DeploymentCreated: ({ name, desiredReplicaCount }, c) => `Deployment ${name} created with ${counted(desiredReplicaCount, 'replica')}${by(c)}`,
  RevisionRegistered: ({ number }, c) => `Revision ${number} registered${by(c)}`,
  DeploymentRenamed: ({ name, previousName }, c) => `Renamed from ${previousName} to ${name}${by(c)}`,
  DeploymentVisibilityChanged: ({ openToPublic }, c) => `${openToPublic ? 'Opened to the public' : 'Closed to the public'}${by(c)}`,
  PreferredDomainNameChanged: ({ preferredDomainName }, c) =>
    preferredDomainName === null ? `Preferred domain name taken away${by(c)}` : `Preferred domain name set to ${preferredDomainName}${by(c)}`,
  DeploymentTagsChanged: ({ tags }, c) => `Tags set to ${tags.length === 0 ? 'none' : quoted(tags.join(', '))}${by(c)}`,
  DeploymentStrategyChanged: ({ strategy }, c) => `Strategy set to ${strategy.type}${by(c)}`,
  DeploymentStickinessChanged: ({ stickiness }, c) => `Stickiness set to ${stickiness}${by(c)}`,
  ReplicasDesired: ({ desiredReplicaCount }, c) => `Desired replicas set to ${desiredReplicaCount}${by(c)}`,
  RevisionActivationRequested: ({ revisionId, cause }, c) => `${capital(revision(revisionId, c))} asked for${cause.kind === 'activate' ? '' : ` (${cause.kind})`}${by(c)}${'reason' in cause && cause.reason !== undefined ? because(cause.reason) : ''}`,
  RevisionActivated: ({ revisionId }, c) => `${capital(revision(revisionId, c))} is active`,
  RevisionActivationFailed: ({ revisionId, reason }, c) => `${capital(revision(revisionId, c))} did not become active: ${quoted(reason)}`,
  RollbackVerified: ({ verified }) => (verified ? 'Rollback restored the configuration that was asked for' : 'Rollback did not restore the configuration that was asked for'),
  DeploymentDeletionRequested: (_, c) => `Deletion asked for${by(c)}`,
  DeploymentDeleted: () => 'Deployment deleted',

  RevisionCreated: ({ name }, c) => `Revision${name === null ? '' : ` ${quoted(name)}`} frozen${by(c)}`,

  AccessTokenCreated: ({ name, prefix }, c) => `Access token ${name === null ? `${prefix}…` : quoted(name)} created${by(c)}`,
  AccessTokenDeleted: ({ tokenId }, c) => `Access token ${tokenId} deleted${by(c)}`,

  RolloutStarted: ({ targetRevisionId, plan }, c) => `Rollout of ${revision(targetRevisionId, c)} started with ${counted(plan.length, 'step')}`,
  RolloutStepCompleted: ({ step, direction }) => `Step ${step + 1} ${direction === 'back' ? 'of the way back ' : ''}done`,
  RolloutStepSkipped: ({ step, how, actor, reason }) => `Step ${step + 1} ${how === 'skip' ? 'skipped' : 'passed by a promotion'} by ${actor}${because(reason)}`,
  RolloutFastForwarded: ({ actor, reason }) => `Rollout promoted in full by ${actor}${because(reason)}`,
  RolloutRescaled: ({ desired }) => `Rollout goes on towards ${counted(desired, 'replica')}`,
  RolloutMeasured: ({ step, judgement }) => `Analysis of step ${step + 1}: ${judgement.verdict}, ${quoted(judgement.reason)}`,
  RolloutPaused: ({ actor, reason }) => `Rollout paused by ${actor}${because(reason)}`,
  RolloutResumed: ({ actor, reason }) => `Rollout resumed by ${actor}${because(reason)}`,
  RolloutAbortRequested: ({ actor, reason }) => `Rollout to be aborted, says ${actor}${because(reason)}`,
  RolloutPromoted: () => 'Revision promoted',
  RolloutAborted: ({ reason }, c) => `Rollout aborted${by(c)}: ${quoted(reason)}`,
  RolloutCompleted: () => 'Rollout completed',
  RolloutRolledBack: ({ reason }) => `Rollout rolled back: ${quoted(reason)}`,
  RolloutFailed: ({ reason }) => `Rollout failed: ${quoted(reason)}`,
  RolloutSuperseded: () => 'Rollout gave way to a newer one',

  ReplicaRequested: ({ name, revisionId }, c) => `Replica ${name} of ${revision(revisionId, c)} asked for`,
  ReplicaLaunched: ({ attempt }, c) => `${replica(c)} launched${attempt > 1 ? ` (start ${attempt})` : ''}`,
  ReplicaReady: (_, c) => `${replica(c)} is ready`,
  ReplicaUnready: ({ reason }, c) => `${replica(c)} is not ready any more: ${quoted(reason)}`,
  ReplicaExited: ({ exitCode, signal }, c) => `${replica(c)} exited ${signal === null ? `with code ${exitCode ?? 'unknown'}` : `on ${signal}`}`,
  ReplicaFailed: ({ errorData }, c) => `${replica(c)} given up: ${errorData.reason}`,
  ReplicaDraining: ({ reason }, c) => `${replica(c)} takes no new requests: ${quoted(reason)}`,
  ReplicaDrained: ({ forced, inFlight }, c) => `${replica(c)} drained${forced ? ` by force, with ${counted(inFlight, 'request')} in flight` : ''}`,
  ReplicaStopped: (_, c) => `${replica(c)} stopped`,

  AutoScalingRuleCreated: ({ rule }, c) => `Auto-scaling rule made${by(c)}: ${ruleSentence(rule)}`,
  AutoScalingRuleUpdated: ({ rule }, c) => `Auto-scaling rule changed${by(c)}: ${ruleSentence(rule)}`,
  AutoScalingRuleDeleted: ({ ruleId }, c) => `Auto-scaling rule ${ruleId} deleted${by(c)}`,
  ScaleEvaluated: ({ desired, findings }) => `Auto-scaling looked at ${counted(desired, 'replica')}: ${quoted(findings.map(findingWords).join(', '))}`,
  ReplicasDesiredChanged: ({ from, to, ruleId }) => `Auto-scaling asks for ${counted(to, 'replica')} instead of ${from}, ${ruleId === null ? 'to stay within bounds' : `by rule ${ruleId}`}`,

  DeploymentStatusChanged: ({ to, reason }) => `Status became ${to}: ${quoted(reason)}`,
  RoutingChanged: ({ weights, mirror }, c) => `${weightSentence(weights, c)}${mirror === null ? '' : `; ${mirror.percent} % copied to ${revision(mirror.revisionId, c)}`}`,
};

/** The types of all facts there is a sentence for, which are all there are. */
export const deploymentFactTypes = Object.keys(SENTENCES) as readonly DeploymentFact['type'][];

const by = ({ actor }: SentenceContext): string => (actor === null ? '' : ` by ${actor}`);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const quoted = (text: string): string => (text.length > QUOTED_CHARACTERS_MAX ? `${text.slice(0, QUOTED_CHARACTERS_MAX)}…` : text);

function revision(revisionId: string, { revisionNumber }: SentenceContext): string {
  return `revision ${revisionNumber(revisionId) ?? revisionId.slice(0, 8)}`;
}

/** Replicas are numbered within their deployment: `<deploymentId>-<ordinal>`. */
function replica({ deploymentId, streamKey }: SentenceContext): string {
  return `Replica ${streamKey.startsWith(`${deploymentId}-`) ? streamKey.slice(deploymentId.length + 1) : streamKey}`;
}

function weightSentence(weights: readonly RevisionWeight[], context: SentenceContext): string {
  if (weights.length === 0) return 'No revision takes requests';
  const shares = weights.map(({ revisionId, weightPercent }) => `${revision(revisionId, context)} set to ${weightPercent} %`);
  return `Weight of ${shares.join(', of ')}`;
}

function ruleSentence({ metric, aggregate, minThreshold, maxThreshold, minReplicas, maxReplicas, enabled }: ScalingRule): string {
  const sides = [maxThreshold === null ? '' : `more above ${maxThreshold}`, minThreshold === null ? '' : `fewer below ${minThreshold}`];
  return `${aggregate} ${metric}, ${sides.filter((side) => side !== '').join(', ')}, ${minReplicas} to ${counted(maxReplicas, 'replica')}${enabled ? '' : ', switched off'}`;
}

function findingWords({ metric, aggregate, minThreshold, maxThreshold, value, crossed, asks, heldBack }: RuleFinding): string {
  const figure = `${aggregate} ${metric} ${value === null ? 'is unknown' : Number(value.toPrecision(4))}`;
  if (value === null) return figure;
  if (crossed === null) return `${figure} is within thresholds`;
  return `${figure} is ${crossed} ${crossed === 'above' ? maxThreshold : minThreshold} (${asks === null ? `held back: ${heldBack ?? ''}` : `asks for ${asks}`})`;
}

const because = (reason: string | null): string => (reason === null ? '' : `: ${quoted(reason)}`);
