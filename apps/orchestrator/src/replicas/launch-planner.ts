import path from 'node:path';
import type { EnvironValue } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';
import { buildEngineCommand, engineSecrets, readinessOf, type EngineContext } from '@slipway/runtimes';
import type { SecretStore } from '@slipway/service';
import type { ReplicaPorts } from './replica-ports.js';
import { deploymentSpec, frozenRevision } from './revision-facts.js';

export type LaunchPlannerPorts = {
  readonly log: EventLogReader;
  readonly secrets: SecretStore;
  /** Folder that holds the model folders. */
  readonly modelRoot: string;
  /** The key a replica asks of whoever calls it. */
  readonly replicaKey: (replicaId: string) => string;
  readonly engine: Pick<EngineContext, 'engineEntry' | 'nodePath' | 'baseEnviron'>;
};

/** From what the log says of a replica to what its runtime starts. Revisions are frozen, so the answer never changes. */
export function launchPlanner(ports: LaunchPlannerPorts): ReplicaPorts['planLaunch'] {
  return async (deploymentId, revisionId, replicaId) => {
    const [{ spec }, deployment] = await Promise.all([frozenRevision(ports.log, revisionId), deploymentSpec(ports.log, deploymentId)]);
    if (deployment === null) throw new Error(`deployment ${deploymentId} is not in the log`);
    return {
      healthCheck: readinessOf(spec),
      runtimeVariant: spec.modelRuntimeConfig.runtimeVariant,
      secrets: async () => {
        const resolved = await resolveSecrets(spec.modelRuntimeConfig.environ, ports.secrets);
        if ('missing' in resolved) return null;
        return engineSecrets(spec, { baseEnviron: ports.engine.baseEnviron, resolvedEnviron: resolved.environ, apiKey: ports.replicaKey(replicaId) });
      },
      command: async (placement) => {
        const resolved = await resolveSecrets(spec.modelRuntimeConfig.environ, ports.secrets);
        if ('missing' in resolved) return { type: 'refused', reason: 'LAUNCH_FAILED', message: `the secret behind ${resolved.missing} is gone from the secret store` };
        return buildEngineCommand(spec, {
          ...ports.engine,
          deploymentName: deployment.name,
          domain: deployment.domain,
          replicaId,
          placement,
          modelFolder: path.join(ports.modelRoot, spec.modelVFolderConfig.vfolderId),
          apiKey: ports.replicaKey(replicaId),
          resolvedEnviron: resolved.environ,
        });
      },
    };
  };
}

type Resolved = { readonly environ: Readonly<Record<string, string>> } | { readonly missing: string };

async function resolveSecrets(declared: Readonly<Record<string, EnvironValue>>, secrets: SecretStore): Promise<Resolved> {
  const environ: Record<string, string> = {};
  for (const [name, value] of Object.entries(declared)) {
    const text = typeof value === 'string' ? value : await secrets.get(value.secretRef);
    if (text === null) return { missing: name };
    environ[name] = text;
  }
  return { environ };
}
