import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { SlipwayError } from '@slipway/contracts';
import type { FrozenModelDefinition } from '@slipway/domain';
import { ggufProblem } from './gguf-file.js';
import type { ModelFolder, ModelFolders } from './model-folders.js';

/** Refuses a revision for the built-in llama.cpp engine whose weights are missing or cut short, before anything is recorded. */
export async function checkModelFile(
  folders: ModelFolders,
  folder: ModelFolder,
  definition: FrozenModelDefinition | null,
  mountDestination: string,
): Promise<void> {
  for (const file of partsOf(await modelFile(folder, definition, mountDestination))) {
    const absolute = await folders.resolve(folder, file, 'model_path');
    const problem = absolute === null ? 'does not exist' : await ggufProblem(absolute);
    if (problem !== null) throw new SlipwayError('MODEL_FILE_INVALID', { file: `${folder.id}/${file}`, problem });
  }
}

async function modelFile(folder: ModelFolder, definition: FrozenModelDefinition | null, mountDestination: string): Promise<string> {
  const named = definition?.models[0]?.modelPath;
  if (named?.toLowerCase().endsWith('.gguf')) return belowMount(named, mountDestination);
  const files = (await readdir(folder.directory)).filter((name) => /\.gguf$/i.test(name) && !(partOf(name) > 1)).sort();
  const [only] = files;
  if (only !== undefined && files.length === 1) return only;
  const problem =
    files.length === 0 ? 'there is none; put one *.gguf file into the folder' : `there are several (${files.slice(0, 5).join(', ')}); name one as model_path`;
  throw new SlipwayError('MODEL_FILE_INVALID', { file: `${folder.id}/*.gguf`, problem });
}

/** A definition names the weights relative to the folder, or where the engine finds the folder mounted. */
function belowMount(named: string, mountDestination: string): string {
  const mount = path.posix.normalize(mountDestination).replace(/\/+$/, '');
  return mount !== '' && named.startsWith(`${mount}/`) ? named.slice(mount.length + 1) : named;
}

/** A large model may come in several files, named by the first. */
const SPLIT = /^(.*)-(\d{5})-of-(\d{5})(\.gguf)$/i;
const PARTS_MAX = 1000;

function partsOf(file: string): readonly string[] {
  const [, stem, , count, ending] = SPLIT.exec(file) ?? [];
  if (stem === undefined || count === undefined || ending === undefined || Number(count) > PARTS_MAX) return [file];
  return Array.from({ length: Number(count) }, (_, index) => `${stem}-${String(index + 1).padStart(5, '0')}-of-${count}${ending}`);
}

/** 1, 2, … of a split model; NaN when it is whole. */
const partOf = (file: string): number => Number(SPLIT.exec(file)?.[2] ?? Number.NaN);
