import { readdir } from 'node:fs/promises';
import { SlipwayError } from '@slipway/contracts';
import type { FrozenModelDefinition } from '@slipway/domain';
import { ggufProblem } from './gguf-file.js';
import type { ModelFolder, ModelFolders } from './model-folders.js';

/** Refuses a revision for the built-in llama.cpp engine whose weights are missing or cut short, before anything is recorded. */
export async function checkModelFile(folders: ModelFolders, folder: ModelFolder, definition: FrozenModelDefinition | null): Promise<void> {
  const file = await modelFile(folder, definition);
  const absolute = await folders.resolve(folder, file, 'model_path');
  const problem = absolute === null ? 'does not exist' : await ggufProblem(absolute);
  if (problem !== null) throw new SlipwayError('MODEL_FILE_INVALID', { file: `${folder.id}/${file}`, problem });
}

async function modelFile(folder: ModelFolder, definition: FrozenModelDefinition | null): Promise<string> {
  const named = definition?.models[0]?.modelPath;
  if (named?.endsWith('.gguf')) return named.replace(/^\/models\//, '').replace(/^\.\//, '');
  const files = (await readdir(folder.directory)).filter((name) => name.endsWith('.gguf')).sort();
  const [only] = files;
  if (only !== undefined && files.length === 1) return only;
  const problem =
    files.length === 0 ? 'there is none; put one *.gguf file into the folder' : `there are several (${files.slice(0, 5).join(', ')}); name one as model_path`;
  throw new SlipwayError('MODEL_FILE_INVALID', { file: `${folder.id}/*.gguf`, problem });
}
