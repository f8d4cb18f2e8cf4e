import type { ActivationCause, DeploymentIdentity, DeploymentSettings, RegisteredRevision } from './deployment-events.js';

export type Activation = { readonly activationId: string; readonly revisionId: string; readonly cause: ActivationCause };

export type LivingDeployment = DeploymentIdentity &
  DeploymentSettings & {
    readonly phase: 'living' | 'deleting' | 'deleted';
    /** By id, in the order they were registered. Put together when it is first asked for; `registeredRevision` finds one at once. */
    readonly revisions: Readonly<Record<string, RegisteredRevision>>;
    readonly revisionCount: number;
    readonly activeRevisionId: string | null;
    /** Revisions that were active before, oldest first, without the active one. */
    readonly history: readonly string[];
    /** The newest request that has neither been confirmed nor failed. */
    readonly pending: Activation | null;
    readonly settledActivations: readonly string[];
    /** The newest activations that came to nothing, to be tried again. */
    readonly failedActivations: readonly { readonly activationId: string; readonly revisionId: string }[];
    readonly createdAtMs: number;
    readonly updatedAtMs: number;
  };

export type DeploymentState = { readonly phase: 'absent' } | LivingDeployment;
