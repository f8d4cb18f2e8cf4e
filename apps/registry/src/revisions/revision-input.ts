import type { ClusterMode, IntOrPercent, MountPermission, MountType } from '@slipway/domain';

type Optional<T> = T | null | undefined;
export type { IntOrPercent };

export type ServiceConfigInput = {
  readonly maxModelLength?: Optional<number>;
  readonly parallelism?: Optional<{ readonly ppSize?: Optional<number>; readonly tpSize?: Optional<number> }>;
  readonly extraCliParameters?: Optional<string>;
  /** JSON text of an object. */
  readonly extra?: Optional<string>;
};

export type MountInput = {
  readonly vfolderId: string;
  readonly destination: string;
  readonly type: MountType;
  readonly permission: MountPermission;
};

/** What a client says of a revision (S1.84); `revision.ts` of the registry makes an immutable spec of it. */
export type RevisionInput = {
  readonly name?: Optional<string>;
  readonly tags?: Optional<readonly string[]>;
  readonly clusterConfig?: Optional<{ readonly mode: ClusterMode; readonly size: number }>;
  readonly image: { readonly name: string; readonly architecture: string };
  readonly modelRuntimeConfig: {
    readonly runtimeVariant: string;
    readonly serviceConfig?: Optional<ServiceConfigInput>;
    /** JSON text of an object of strings. */
    readonly environ?: Optional<string>;
  };
  readonly modelVFolderConfig: {
    readonly vfolderId: string;
    readonly mountDestination?: Optional<string>;
    readonly definitionPath?: Optional<string>;
  };
  readonly mounts?: Optional<readonly MountInput[]>;
  readonly resourceConfig: {
    readonly resourceGroup: { readonly name: string };
    readonly resourceSlots: { readonly cpu: number; readonly mem: string; readonly extra?: Optional<string> };
    readonly resourceOpts?: Optional<{ readonly shmem?: Optional<string>; readonly extra?: Optional<string> }>;
  };
};
