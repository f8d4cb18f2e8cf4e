import type { RevisionSpec } from '@slipway/domain';
import { launchFailed, type EngineOutcome, type EngineRefusal } from '../engine-command.js';
import { ENGINE_KEY_VARIABLE, engineEnviron, type EngineContext } from './engine-context.js';
import { freeWords, isRefusal } from './engine-flags.js';
import { belowMount, mainModel, resolveModelPath } from './model-files.js';
import { performPreStartActions } from './pre-start-actions.js';

/** What the model definition's start command says (S4.9), without a shell: the definition's `shell` is not used. */
export async function customEngine(spec: RevisionSpec, context: EngineContext): Promise<EngineOutcome> {
  const model = mainModel(spec);
  const service = model?.service ?? null;
  if (model === null || service === null) return launchFailed('the model definition has no service to start');
  const modelPath = await resolveModelPath(spec, context.modelFolder, model.modelPath);
  if (isRefusal(modelPath)) return modelPath;
  const extra = freeWords(spec.modelRuntimeConfig.serviceConfig?.extraCliParameters, 'serviceConfig.extraCliParameters', []);
  if (isRefusal(extra)) return extra;
  const words = await withRealPaths(spec, context, service.startCommand);
  if (isRefusal(words)) return words;
  const problem = await performPreStartActions(service.preStartActions, context.placement.runFolder);
  if (problem !== null) return problem;
  const values = { modelPath: modelPath.path, port: context.placement.port, host: context.placement.host };
  const argv = [...words, ...extra].map((word) => fillIn(word, { ...values, declaredPort: service.port }));
  const own = { MODEL_PATH: modelPath.path, ...(context.apiKey === null ? {} : { [ENGINE_KEY_VARIABLE]: context.apiKey }) };
  return { type: 'command', command: { argv, ...engineEnviron(spec, context, own) }, warnings: [] };
}

export type Placeholders = { readonly modelPath: string; readonly port: number; readonly host: string; readonly declaredPort: number };

/**
 * Replaces `{model_path}`, `{port}`, `{host}` and `$PORT`, `${PORT}`, `$MODEL_PATH`, `${MODEL_PATH}` in one word, which stays one word.
 * The port the definition declares stands for the one the replica got, as a word of its own or after `=`.
 */
export function fillIn(word: string, { modelPath, port, host, declaredPort }: Placeholders): string {
  const declared = String(declaredPort);
  if (word === declared) return String(port);
  if (word.startsWith('-') && word.endsWith(`=${declared}`)) return `${word.slice(0, -declared.length)}${port}`;
  const values: Readonly<Record<string, string>> = {
    ...{ '{model_path}': modelPath, $MODEL_PATH: modelPath, '${MODEL_PATH}': modelPath },
    ...{ '{port}': String(port), $PORT: String(port), '${PORT}': String(port), '{host}': host },
  };
  // One pass: what was filled in is not looked at again.
  return word.replace(/\{(?:model_path|port|host)\}|\$\{(?:PORT|MODEL_PATH)\}|\$(?:PORT|MODEL_PATH)(?![A-Za-z0-9_])/g, (found) => values[found] ?? found);
}

/** Words that name something below the mount destination mean the model folder here. */
async function withRealPaths(spec: RevisionSpec, context: EngineContext, words: readonly string[]): Promise<readonly string[] | EngineRefusal> {
  const real: string[] = [];
  for (const word of words) {
    if (belowMount(spec, word) === null) {
      real.push(word);
      continue;
    }
    const resolved = await resolveModelPath(spec, context.modelFolder, word);
    if (isRefusal(resolved)) return resolved;
    real.push(resolved.path);
  }
  return real;
}
