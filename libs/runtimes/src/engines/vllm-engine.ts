import type { RevisionSpec, RevisionWarning } from '@slipway/domain';
import { launchFailed, type EngineOutcome } from '../engine-command.js';
import { engineEnviron, servedNames, type EngineContext } from './engine-context.js';
import { freeWords, isRefusal } from './engine-flags.js';
import { namesIn } from './model-files.js';

/** Where it listens is the platform's to say, and a key on the command line is readable by everybody on the machine. */
const RESERVED_FLAGS = ['--host', '--port', '--uds', '--api-key', '--served-model-name', '--model-name', '--model'];

/** A value that begins with a dash would be read as a flag. Empty counts as absent. */
const ENVIRON_VALUES = {
  BACKEND_MODEL_NAME: /^(?!-)/,
  VLLM_QUANTIZATION: /^(?!-)/,
  VLLM_TP_SIZE: /^\d{0,4}$/,
  VLLM_PP_SIZE: /^\d{0,4}$/,
};

/** Files of which vLLM needs one at the root of the model folder (S4.17). */
const CHECKPOINT_FILES = ['config.json', 'params.json'];

/** `vllm serve` on the model folder; runs where `vllm` is on the PATH (S4.11 to S4.17). */
export async function vllmEngine(spec: RevisionSpec, context: EngineContext): Promise<EngineOutcome> {
  const names = await namesIn(context.modelFolder);
  if (names === null) return launchFailed('the model folder does not exist');
  if (!names.some((name) => CHECKPOINT_FILES.includes(name)))
    return launchFailed(`vllm needs the checkpoint at the root of the model folder: there is no ${CHECKPOINT_FILES.join(' or ')}`);
  return vllmCommand(spec, context);
}

export function vllmCommand(spec: RevisionSpec, context: EngineContext): EngineOutcome {
  const { maxModelLength, extraCliParameters } = spec.modelRuntimeConfig.serviceConfig ?? {};
  const environ = context.resolvedEnviron;
  const fromEnviron = freeWords(environ['VLLM_EXTRA_ARGS'], 'VLLM_EXTRA_ARGS', RESERVED_FLAGS);
  if (isRefusal(fromEnviron)) return fromEnviron;
  const words = freeWords(extraCliParameters, 'serviceConfig.extraCliParameters', RESERVED_FLAGS);
  if (isRefusal(words)) return words;
  const malformed = Object.entries(ENVIRON_VALUES).find(([name, value]) => !value.test(environ[name] ?? ''));
  if (malformed !== undefined) return launchFailed(`${malformed[0]}="${environ[malformed[0]] ?? ''}" is no value vllm could take`);
  const { flags, warnings } = parallelism(spec, environ);
  const backendName = environ['BACKEND_MODEL_NAME'];
  const names = [...(backendName ? [backendName] : []), ...servedNames(context)];
  const options = [
    ...flag('--quantization', environ['VLLM_QUANTIZATION']),
    ...flags,
    ...flag('--max-model-len', maxModelLength),
    ...fromEnviron,
    ...words,
  ];
  const { host, port } = context.placement;
  const named = ['--served-model-name', ...new Set(names), '--host', host, '--port', String(port)];
  const start = ['vllm', 'serve', context.modelFolder];
  const key = context.apiKey === null ? {} : { VLLM_API_KEY: context.apiKey };
  const command = {
    argv: [...start, ...options, ...named],
    ...engineEnviron(spec, context, key),
    // X25: documentation says --model-name where vLLM has --served-model-name; people look for either.
    ...(backendName ? { previewArgv: [...start, ...options, '--model-name', backendName, ...named] } : {}),
  };
  return { type: 'command', command, warnings };
}

/** X26: the explicit configuration wins over the variable. */
function parallelism(spec: RevisionSpec, environ: Readonly<Record<string, string>>) {
  const { tpSize, ppSize } = spec.modelRuntimeConfig.serviceConfig?.parallelism ?? {};
  const warnings: RevisionWarning[] = [];
  const choose = (field: string, variable: string, size: number | undefined): string | number | undefined => {
    const said = environ[variable];
    if (size !== undefined && said && said !== String(size)) {
      const message = `serviceConfig.parallelism.${field} ${size} is used; ${variable}=${said} is ignored`;
      warnings.push({ code: 'PARALLELISM_CONFLICT', field: `modelRuntimeConfig.environ.${variable}`, message });
    }
    return size ?? said;
  };
  const tensor = flag('--tensor-parallel-size', choose('tpSize', 'VLLM_TP_SIZE', tpSize));
  const pipeline = flag('--pipeline-parallel-size', choose('ppSize', 'VLLM_PP_SIZE', ppSize));
  return { flags: [...tensor, ...pipeline], warnings };
}

function flag(name: string, value: string | number | undefined): readonly string[] {
  return value === undefined || value === '' ? [] : [name, String(value)];
}
