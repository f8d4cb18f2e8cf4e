import type { ByteQuantity } from '../quantities/resource-quantity.js';
import type { VariantProfile } from '../runtime-variants/variant-profile.js';

export type ClusterMode = 'SINGLE_NODE' | 'MULTI_NODE';
export type ClusterConfig = { readonly mode: ClusterMode; readonly size: number };
export type MountPermission = 'READ_ONLY' | 'READ_WRITE';
export type MountType = 'BIND' | 'VOLUME' | 'TMPFS';
export type Mount = {
  readonly vfolderId: string;
  readonly destination: string;
  readonly type: MountType;
  readonly permission: MountPermission;
};
export type ImageReference = { readonly name: string; readonly architecture: string };

/** JSON as it travels; used where the spec leaves a field open. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type ServiceConfig = {
  readonly maxModelLength?: number;
  readonly parallelism?: { readonly ppSize?: number; readonly tpSize?: number };
  readonly extraCliParameters?: string;
  readonly extra?: JsonObject;
};

/** A value of an environment variable: in the open, or a reference into the secret store. */
export type EnvironValue = string | { readonly secretRef: string };

export type ModelRuntimeConfig = {
  /** As the client wrote it; `profile.name` is the canonical spelling (X13). */
  readonly runtimeVariant: string;
  readonly serviceConfig: ServiceConfig | null;
  readonly environ: Readonly<Record<string, EnvironValue>>;
  /** The variant's health check, port and command as they were when the revision was made (X24). */
  readonly profile: VariantProfile;
};

export type HealthCheck = {
  readonly path: string;
  readonly intervalMs: number;
  /** Consecutive failures before a ready replica counts as unready. */
  readonly retriesMax: number;
  readonly timeoutMs: number;
  readonly expectedStatus: number;
  /** Failures in this time after the start are not counted. */
  readonly initialDelayMs: number;
};

export type PreStartAction = { readonly action: string; readonly args: JsonObject };

/** One entry of `models` in a model definition (the shape Backend.AI implemented). */
export type ModelDefinition = {
  readonly name: string;
  readonly modelPath: string;
  readonly service: {
    readonly preStartActions: readonly PreStartAction[];
    /** argv; never handed to a shell. */
    readonly startCommand: readonly string[];
    readonly port: number;
    readonly healthCheck: HealthCheck | null;
  } | null;
  readonly metadata: JsonObject;
};

export type FrozenModelDefinition = { readonly text: string; readonly models: readonly ModelDefinition[] };

export type ModelVFolderConfig = {
  readonly vfolderId: string;
  readonly vfolderName: string;
  readonly mountDestination: string;
  readonly definitionPath: string;
};

export type ResourceConfig = {
  readonly resourceGroup: string;
  readonly slots: { readonly cpu: number; readonly mem: ByteQuantity; readonly extra: JsonObject | null };
  readonly opts: { readonly shmem: ByteQuantity | null; readonly extra: JsonObject | null } | null;
};

/** Everything that decides what runs. Immutable: a change is a new revision (S1.8). Its content hash is over this alone. */
export type RevisionSpec = {
  readonly clusterConfig: ClusterConfig;
  readonly image: ImageReference;
  readonly modelRuntimeConfig: ModelRuntimeConfig;
  readonly modelVFolderConfig: ModelVFolderConfig;
  readonly modelDefinition: FrozenModelDefinition | null;
  readonly mounts: readonly Mount[];
  readonly resourceConfig: ResourceConfig;
};

/** Accepted, but worth a second look (X14, X26). */
export type RevisionWarning = { readonly code: string; readonly field: string; readonly message: string };
