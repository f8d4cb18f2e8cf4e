import type { Command } from 'commander';
import { usageError } from '../exit-codes.js';
import { collected, pair, wholeNumber } from '../option-values.js';
import { parse, YAMLParseError } from 'yaml';

/** What a revision can be given on a command line; the rest takes a file. */
export type RevisionFlags = {
  readonly model?: string;
  readonly variant?: string;
  readonly image?: string;
  readonly architecture?: string;
  readonly revisionName?: string;
  readonly revisionTag?: readonly string[];
  readonly cpu?: number;
  readonly memory?: string;
  readonly resources?: string;
  readonly resourceGroup?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly maxModelLength?: number;
  readonly extraArgs?: string;
};

const CPU_MAX = 1024;
const MODEL_LENGTH_MAX = 100_000_000;

export const addRevisionFlags = (command: Command): Command =>
  command
    .option('--model <folder>', 'the model folder under the model root of the platform')
    .option('--variant <name>', 'what runs it, such as llama.cpp, vllm or mock; "slipway variants" lists them')
    .option('--image <name>', 'the image (default: slipway-engine)')
    .option('--architecture <name>', "the image's (default: x86_64)")
    .option('--revision-name <name>', 'what the revision is called')
    .option('--revision-tag <tag>', 'a tag of the revision; may be given many times', collected)
    .option('--cpu <count>', 'CPU cores of each replica (default: 1)', wholeNumber(1, CPU_MAX))
    .option('--memory <size>', 'memory of each replica, such as 512Mi or 8Gi (default: 1Gi)')
    .option('--resources <yaml>', "more of what each replica takes, such as 'cuda.device: 1'")
    .option('--resource-group <name>', 'where replicas run (default: default)')
    .option('--env <NAME=value>', 'an environment variable of the engine; may be given many times', pair)
    .option('--max-model-length <tokens>', 'the longest context the engine takes', wholeNumber(1, MODEL_LENGTH_MAX))
    .option('--extra-args <arguments>', 'further arguments of the engine, as one text');

/** The graph's input for what the flags say. */
export function revisionInput(flags: RevisionFlags): Record<string, unknown> {
  const { model, variant, image, architecture, revisionName, revisionTag, cpu, memory, resources, resourceGroup, env, maxModelLength, extraArgs } = flags;
  if (model === undefined || variant === undefined) {
    throw usageError('a revision takes at least --model and --variant', 'give both, or a file with -f');
  }
  const hasServiceConfig = maxModelLength !== undefined || extraArgs !== undefined;
  return withoutAbsent({
    name: revisionName,
    tags: revisionTag,
    image: { name: image ?? 'slipway-engine', architecture: architecture ?? 'x86_64' },
    modelRuntimeConfig: withoutAbsent({
      runtimeVariant: variant,
      serviceConfig: hasServiceConfig ? withoutAbsent({ maxModelLength, extraCliParameters: extraArgs }) : undefined,
      environ: env === undefined ? undefined : JSON.stringify(env),
    }),
    modelVFolderConfig: { vfolderId: model },
    resourceConfig: {
      resourceGroup: { name: resourceGroup ?? 'default' },
      resourceSlots: withoutAbsent({ cpu: cpu ?? 1, mem: memory ?? '1Gi', extra: resources === undefined ? undefined : JSON.stringify(objectIn(resources, '--resources')) }),
    },
  });
}

/** A small object on the command line: JSON, or YAML in flow style. */
export function objectIn(text: string, option: string): Record<string, unknown> {
  try {
    const parsed: unknown = parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
  }
  throw usageError(`what ${option} is given is no object`, `give one like ${option} '{a: 1}'`);
}

export const withoutAbsent = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));
