import type { Stickiness } from '../routing/routing-table.js';
import type { DeploymentStrategy } from '../strategy/deployment-strategy.js';

/** Why a revision is to become active. */
export type ActivationCause =
  | { readonly kind: 'create' }
  | ({ readonly kind: 'activate' } & Why)
  /** Again, after a rollout that turned back or failed. */
  | ({ readonly kind: 'retry'; readonly ofRolloutId: string } & Why)
  | ({
      readonly kind: 'rollback';
      /** The instant whose configuration is to be restored; null when a revision was named. */
      readonly toTimeMs: number | null;
      /** Hash of the configuration to come back to; compared when the rollback is complete. */
      readonly expectedHash: string | null;
    } & Why);

/** In the words of whoever asked, if there were any. */
type Why = { readonly reason?: string };

export type DeploymentIdentity = {
  readonly deploymentId: string;
  readonly name: string;
  readonly domain: string;
  readonly project: string;
  readonly createdBy: string;
};

/** What a user may change about a deployment, and what a rollback to a time restores (with the active revision). */
export type DeploymentSettings = {
  readonly openToPublic: boolean;
  readonly preferredDomainName: string | null;
  readonly tags: readonly string[];
  readonly strategy: DeploymentStrategy;
  readonly desiredReplicaCount: number;
  /** What keeps requests with their revision while traffic is split; absent: session. */
  readonly stickiness?: Stickiness;
};

export type RegisteredRevision = { readonly revisionId: string; readonly number: number; readonly contentHash: string };

export type DeploymentCommand =
  | ({
      readonly type: 'CreateDeployment';
      readonly initialRevision: { readonly revisionId: string; readonly contentHash: string; readonly activationId: string };
      readonly atMs: number;
    } & DeploymentIdentity &
      DeploymentSettings)
  | { readonly type: 'RegisterRevision'; readonly revisionId: string; readonly contentHash: string; readonly atMs: number }
  /** All or nothing: when the activation is refused, no setting changes either. */
  | {
      readonly type: 'ChangeDeployment';
      readonly name?: string;
      readonly settings?: Partial<DeploymentSettings>;
      readonly activation?: { readonly activationId: string; readonly revisionId: string; readonly cause: ActivationCause };
      readonly atMs: number;
    }
  /** As the autoscaler decided; changes nothing when somebody asked for another number meanwhile. */
  | { readonly type: 'ScaleReplicas'; readonly from: number; readonly to: number; readonly atMs: number }
  | { readonly type: 'RetryActivation'; readonly activationId: string; readonly ofRolloutId: string; readonly reason?: string; readonly atMs: number }
  | {
      readonly type: 'ConfirmActivation';
      readonly activationId: string;
      /** Hash of the configuration with the revision active; compared with the one a rollback to a time expects. */
      readonly configurationHash: string;
      readonly atMs: number;
    }
  | { readonly type: 'FailActivation'; readonly activationId: string; readonly reason: string; readonly atMs: number }
  | { readonly type: 'DeleteDeployment'; readonly atMs: number }
  | { readonly type: 'ConfirmDeletion'; readonly atMs: number };

export type DeploymentEvent =
  | ({ readonly type: 'DeploymentCreated'; readonly atMs: number } & DeploymentIdentity & DeploymentSettings)
  | ({ readonly type: 'RevisionRegistered'; readonly atMs: number } & RegisteredRevision)
  | { readonly type: 'DeploymentRenamed'; readonly name: string; readonly previousName: string; readonly atMs: number }
  | { readonly type: 'DeploymentVisibilityChanged'; readonly openToPublic: boolean; readonly atMs: number }
  | {
      readonly type: 'PreferredDomainNameChanged';
      readonly preferredDomainName: string | null;
      readonly previous: string | null;
      readonly atMs: number;
    }
  | { readonly type: 'DeploymentTagsChanged'; readonly tags: readonly string[]; readonly atMs: number }
  | { readonly type: 'DeploymentStrategyChanged'; readonly strategy: DeploymentStrategy; readonly atMs: number }
  | { readonly type: 'DeploymentStickinessChanged'; readonly stickiness: Stickiness; readonly atMs: number }
  | { readonly type: 'ReplicasDesired'; readonly desiredReplicaCount: number; readonly atMs: number }
  | {
      readonly type: 'RevisionActivationRequested';
      readonly activationId: string;
      readonly revisionId: string;
      readonly previousRevisionId: string | null;
      readonly cause: ActivationCause;
      readonly atMs: number;
    }
  | { readonly type: 'RevisionActivated'; readonly activationId: string; readonly revisionId: string; readonly atMs: number }
  | {
      readonly type: 'RevisionActivationFailed';
      readonly activationId: string;
      readonly revisionId: string;
      readonly reason: string;
      readonly atMs: number;
    }
  | {
      readonly type: 'RollbackVerified';
      readonly activationId: string;
      readonly expectedHash: string;
      readonly actualHash: string;
      readonly verified: boolean;
      readonly atMs: number;
    }
  | { readonly type: 'DeploymentDeletionRequested'; readonly atMs: number }
  | { readonly type: 'DeploymentDeleted'; readonly atMs: number };

export type DeploymentRejection =
  | { readonly type: 'DeploymentExists'; readonly deploymentId: string }
  | { readonly type: 'NoSuchDeployment' }
  | { readonly type: 'DeploymentIsGone'; readonly deploymentId: string }
  | { readonly type: 'NoSuchRevision'; readonly revisionId: string }
  | { readonly type: 'NoSuchActivation'; readonly activationId: string }
  /** Only a rollout that turned back or failed can be tried again. */
  | { readonly type: 'NothingToRetry'; readonly rolloutId: string }
  | { readonly type: 'TooManyRevisions'; readonly revisionsMax: number };
