import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { VARIANT_PROFILES, type EnvironValue, type ModelDefinition, type RevisionSpec, type ServiceConfig, type VariantName } from '@slipway/domain';
import type { EngineCommand, EngineOutcome } from '../engine-command.js';
import type { EngineContext } from '../engines/engine-context.js';

type Wishes = {
  readonly serviceConfig?: ServiceConfig;
  readonly environ?: Readonly<Record<string, EnvironValue>>;
  readonly models?: readonly ModelDefinition[];
};

/** A revision of a variant, as the registry would freeze it. */
export function revisionOf(variant: VariantName, { serviceConfig, environ = {}, models }: Wishes = {}): RevisionSpec {
  const size = { text: '1Gi', bytes: 1024 ** 3 };
  return {
    clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
    image: { name: 'engine:1', architecture: 'x86_64' },
    modelRuntimeConfig: { runtimeVariant: variant, serviceConfig: serviceConfig ?? null, environ, profile: VARIANT_PROFILES[variant] },
    modelVFolderConfig: { vfolderId: 'folder', vfolderName: 'folder', mountDestination: '/models', definitionPath: 'model-definition.yaml' },
    modelDefinition: models === undefined ? null : { text: '', models },
    mounts: [],
    resourceConfig: { resourceGroup: 'default', slots: { cpu: 1, mem: size, extra: null }, opts: null },
  };
}

export function contextWith(change: Partial<EngineContext> = {}): EngineContext {
  return {
    deploymentName: 'tiny',
    domain: 'default',
    replicaId: 'a-1',
    placement: { host: '127.0.0.1', port: 20_123, runFolder: '/run' },
    modelFolder: '/folders/m',
    engineEntry: '/slipway/engine/main.js',
    nodePath: '/usr/bin/node',
    apiKey: 'engine-key-1',
    resolvedEnviron: {},
    baseEnviron: { PATH: '/usr/bin' },
    ...change,
  };
}

/** A model folder with these files beside a folder that is not the model's; both are removed in the end. */
export async function modelFolder(files: readonly string[] = []): Promise<AsyncDisposable & { path: string; outside: string; runFolder: string }> {
  const base = await mkdtemp(join(tmpdir(), 'slipway-models-'));
  const [path, outside, runFolder] = [join(base, 'model'), join(base, 'outside'), join(base, 'run')];
  await Promise.all([path, outside, runFolder].map((folder) => mkdir(folder)));
  for (const file of files) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), '');
  }
  return { path, outside, runFolder, [Symbol.asyncDispose]: () => rm(base, { recursive: true }) };
}

export function commandOf(outcome: EngineOutcome): EngineCommand {
  if (outcome.type === 'refused') throw new Error(`refused: ${outcome.message}`);
  return outcome.command;
}

export function refusalOf(outcome: EngineOutcome): string {
  if (outcome.type !== 'refused') throw new Error(`not refused: ${outcome.command.argv.join(' ')}`);
  return outcome.message;
}

/** Words that would do harm if a shell ever read them. */
export const HOSTILE_WORDS = ['; rm -rf /', '$(touch x)', '`touch x`', 'a\nb', '| cat', '&& true', '> x', '*', '~', "' ; x '", '" ; x "', '\\', '$HOME'];
