import { invalidInput, SlipwayError, type FieldProblem } from '@slipway/contracts';
import { parseModelDefinition } from '@slipway/contracts/model-definition';
import {
  canonicalJson,
  parseByteQuantity,
  VARIANT_PROFILES,
  variantProfile,
  type ByteQuantity,
  type ClusterConfig,
  type FrozenModelDefinition,
  type ResourceConfig,
  type RevisionSpec,
  type RevisionWarning,
  type VariantProfile,
} from '@slipway/domain';
import type { SecretStore } from '@slipway/service';
import { readTags } from '../deployments/deployment-input.js';
import { CLUSTER_SIZE_MAX, CPU_MAX, MOUNTS_MAX } from '../deployments/limits.js';
import { sha256Hex } from '../ids.js';
import { checkModelFile } from '../model-folders/model-file.js';
import type { ModelFolder, ModelFolders } from '../model-folders/model-folders.js';
import { readEnviron, sealEnviron } from './environ.js';
import type { RevisionInput } from './revision-input.js';
import { revisionWarnings } from './revision-warnings.js';
import { readJson, readServiceConfig } from './service-config.js';

export type FrozenRevision = {
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly spec: RevisionSpec;
  readonly contentHash: string;
  readonly warnings: readonly RevisionWarning[];
};

const DEFAULT_MOUNT_DESTINATION = '/models';
const DEFAULT_DEFINITION_PATH = 'model-definition.yaml';
const TEXT_CHARACTERS_MAX = 256;

export type FreezePorts = { readonly folders: ModelFolders; readonly secrets: SecretStore };

/**
 * Makes an immutable spec of what a client said: every field checked, the model definition's text and the variant's
 * profile copied in as they are now, secrets put away. Writes nothing to the log.
 */
export async function freezeRevision(input: RevisionInput, inherited: ClusterConfig, ports: FreezePorts): Promise<FrozenRevision> {
  const problems: FieldProblem[] = [];
  const { runtimeVariant } = input.modelRuntimeConfig;
  const profile = variantProfile(runtimeVariant);
  if (profile === null) throw invalidInput([{ field: 'modelRuntimeConfig.runtimeVariant', problem: unknownVariant(runtimeVariant) }]);
  const serviceConfig = readServiceConfig(input.modelRuntimeConfig.serviceConfig, profile, problems);
  const environ = readEnviron(input.modelRuntimeConfig.environ, profile, problems);
  const resourceConfig = readResources(input.resourceConfig, problems);
  const clusterConfig = readCluster(input.clusterConfig ?? inherited, problems);
  const tags = readTags(input.tags ?? [], 'tags', problems);
  checkTexts(input, problems);
  if (problems.length > 0) throw invalidInput(problems);

  const folder = await ports.folders.find(input.modelVFolderConfig.vfolderId);
  const definitionPath = input.modelVFolderConfig.definitionPath ?? DEFAULT_DEFINITION_PATH;
  const modelDefinition = await readDefinition(ports.folders, folder, definitionPath, profile);
  const mountDestination = input.modelVFolderConfig.mountDestination ?? DEFAULT_MOUNT_DESTINATION;
  if (profile.name === 'llama.cpp') await checkModelFile(ports.folders, folder, modelDefinition, mountDestination);
  for (const mount of input.mounts ?? []) await ports.folders.find(mount.vfolderId);

  const spec: RevisionSpec = {
    clusterConfig,
    image: { name: input.image.name, architecture: input.image.architecture },
    modelRuntimeConfig: { runtimeVariant, serviceConfig, environ: await sealEnviron(environ, ports.secrets), profile },
    modelVFolderConfig: { vfolderId: folder.id, vfolderName: folder.name, mountDestination, definitionPath },
    modelDefinition,
    mounts: (input.mounts ?? []).map(({ vfolderId, destination, type, permission }) => ({ vfolderId, destination, type, permission })),
    resourceConfig,
  };
  return { name: input.name ?? null, tags, spec, contentHash: sha256Hex(canonicalJson(spec)), warnings: revisionWarnings(spec) };
}

async function readDefinition(
  folders: ModelFolders,
  folder: ModelFolder,
  definitionPath: string,
  profile: VariantProfile,
): Promise<FrozenModelDefinition | null> {
  const text = await folders.readDefinition(folder, definitionPath);
  if (text === null) {
    if (!profile.needsModelDefinition) return null;
    throw new SlipwayError('MODEL_DEFINITION_NOT_FOUND', { vfolderId: folder.id, definitionPath, variant: profile.name });
  }
  const parsed = parseModelDefinition(text);
  if (!('problems' in parsed)) return parsed;
  const { problems } = parsed;
  const sentence = problems.map(({ field, problem }) => `${field} ${problem}`).join('; ');
  throw Object.assign(new SlipwayError('MODEL_DEFINITION_INVALID', { definitionPath, problems: sentence }), { problems });
}

function readResources({ resourceGroup, resourceSlots, resourceOpts }: RevisionInput['resourceConfig'], problems: FieldProblem[]): ResourceConfig {
  const { cpu, mem, extra } = resourceSlots;
  if (!Number.isInteger(cpu) || cpu < 1 || cpu > CPU_MAX)
    problems.push({ field: 'resourceConfig.resourceSlots.cpu', problem: `is a whole number of cores from 1 to ${CPU_MAX}` });
  const slots = {
    cpu,
    mem: readBytes(mem, 'resourceConfig.resourceSlots.mem', problems),
    extra: isGiven(extra) ? readJson(extra, 'resourceConfig.resourceSlots.extra', problems) : null,
  };
  if (!isGiven(resourceOpts)) return { resourceGroup: resourceGroup.name, slots, opts: null };
  const opts = {
    shmem: isGiven(resourceOpts.shmem) ? readBytes(resourceOpts.shmem, 'resourceConfig.resourceOpts.shmem', problems) : null,
    extra: isGiven(resourceOpts.extra) ? readJson(resourceOpts.extra, 'resourceConfig.resourceOpts.extra', problems) : null,
  };
  return { resourceGroup: resourceGroup.name, slots, opts };
}

function readBytes(text: string, field: string, problems: FieldProblem[]): ByteQuantity {
  const parsed = parseByteQuantity(text);
  if (!('problem' in parsed)) return parsed;
  problems.push({ field, problem: parsed.problem });
  return { text, bytes: 0 };
}

function readCluster({ mode, size }: ClusterConfig, problems: FieldProblem[]): ClusterConfig {
  if (!Number.isInteger(size) || size < 1 || size > CLUSTER_SIZE_MAX)
    problems.push({ field: 'clusterConfig.size', problem: `is a whole number of nodes from 1 to ${CLUSTER_SIZE_MAX}` });
  if (mode === 'SINGLE_NODE' && size !== 1) problems.push({ field: 'clusterConfig.size', problem: 'is 1 for SINGLE_NODE' });
  return { mode, size };
}

function checkTexts(input: RevisionInput, problems: FieldProblem[]): void {
  const { image, resourceConfig, modelVFolderConfig, mounts } = input;
  const texts: [string, string | null | undefined][] = [
    ['name', input.name ?? 'unnamed'],
    ['image.name', image.name],
    ['image.architecture', image.architecture],
    ['resourceConfig.resourceGroup.name', resourceConfig.resourceGroup.name],
    ['modelVFolderConfig.mountDestination', modelVFolderConfig.mountDestination ?? DEFAULT_MOUNT_DESTINATION],
  ];
  for (const [field, text] of texts)
    if (!text || text.length > TEXT_CHARACTERS_MAX || /\p{Cc}/u.test(text))
      problems.push({ field, problem: `is 1 to ${TEXT_CHARACTERS_MAX} characters without control characters` });
  if ((mounts ?? []).length > MOUNTS_MAX) problems.push({ field: 'mounts', problem: `has more than ${MOUNTS_MAX} entries` });
  const destinations = [modelVFolderConfig.mountDestination ?? DEFAULT_MOUNT_DESTINATION, ...(mounts ?? []).map((mount) => mount.destination)];
  for (const destination of destinations)
    if (!/^\/[^\p{Cc}]*$/u.test(destination) || destination.split('/').includes('..') || destination.length > TEXT_CHARACTERS_MAX)
      problems.push({ field: 'mounts.destination', problem: `${JSON.stringify(destination.slice(0, 60))} is not an absolute path without ".."` });
}

function unknownVariant(given: string): string {
  return `${JSON.stringify(given.slice(0, 60))} is unknown; use one of ${Object.keys(VARIANT_PROFILES).join(', ')}`;
}

const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;
