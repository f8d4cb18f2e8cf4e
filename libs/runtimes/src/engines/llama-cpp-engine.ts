import type { RevisionSpec } from '@slipway/domain';
import type { EngineOutcome } from '../engine-command.js';
import { ENGINE_KEY_VARIABLE, engineEnviron, servedNames, type EngineContext } from './engine-context.js';
import { extraFlags, freeWords, isRefusal } from './engine-flags.js';
import { chooseGguf } from './model-files.js';

/** Keys of `serviceConfig.extra` and the engine's flags they set. */
const EXTRA_FLAGS = {
  threads: 'threads',
  maxNumSeqs: 'max-num-seqs',
  gpu: 'gpu',
  queueDepth: 'queue-depth',
  drainTimeoutMs: 'drain-timeout-ms',
};

/** Flags of the built-in engine that `extraCliParameters` may not set. */
export const BUILT_IN_RESERVED_FLAGS = ['--engine', '--model', '--host', '--port', '--help', '-h'];

/** The built-in engine on the folder's GGUF file. */
export async function llamaCppEngine(spec: RevisionSpec, context: EngineContext): Promise<EngineOutcome> {
  const model = await chooseGguf(spec, context.modelFolder);
  return isRefusal(model) ? model : llamaCppCommand(spec, context, model.path);
}

export function llamaCppCommand(spec: RevisionSpec, context: EngineContext, modelPath: string): EngineOutcome {
  const extra = extraFlags(spec, EXTRA_FLAGS);
  return isRefusal(extra) ? extra : builtInCommand(spec, context, extra, ['--engine=llama', `--model=${modelPath}`]);
}

/** `options`, then the user's free words, then what the platform decides; the engine lets the last of two equal flags win. */
export function builtInCommand(
  spec: RevisionSpec,
  context: EngineContext,
  options: readonly string[],
  engine: readonly string[],
): EngineOutcome {
  const { maxModelLength, extraCliParameters } = spec.modelRuntimeConfig.serviceConfig ?? {};
  const words = freeWords(extraCliParameters, 'serviceConfig.extraCliParameters', BUILT_IN_RESERVED_FLAGS);
  if (isRefusal(words)) return words;
  const { host, port } = context.placement;
  const argv = [
    ...[context.nodePath, context.engineEntry],
    ...options,
    ...(maxModelLength === undefined ? [] : [`--max-model-len=${maxModelLength}`]),
    ...words,
    ...engine,
    ...servedNames(context).map((name) => `--served-model-name=${name}`),
    ...[`--host=${host}`, `--port=${port}`],
  ];
  const key = context.apiKey === null ? {} : { [ENGINE_KEY_VARIABLE]: context.apiKey };
  return { type: 'command', command: { argv, ...engineEnviron(spec, context, key) }, warnings: [] };
}
