import { readdir, realpath } from 'node:fs/promises';
import { isAbsolute, posix, relative, resolve, sep } from 'node:path';
import type { ModelDefinition, RevisionSpec } from '@slipway/domain';
import { launchFailed, type EngineRefusal } from '../engine-command.js';

export type ModelPath = { readonly path: string } | EngineRefusal;

/** Choices named in an error. */
const CHOICES_SHOWN_MAX = 10;

/**
 * The real path of what a definition names: relative to the model folder, or below the folder's mount destination.
 * Refused: what is missing, and what leaves the folder by `..` or by a symbolic link.
 */
export async function resolveModelPath(spec: RevisionSpec, modelFolder: string, name: string): Promise<ModelPath> {
  const inside = belowMount(spec, name) ?? name;
  if (isAbsolute(inside) || inside.includes('\0')) return launchFailed(`"${name}" is not in the model folder`);
  try {
    const [root, path] = [await realpath(modelFolder), await realpath(resolve(modelFolder, inside))];
    return isInside(root, path) ? { path } : launchFailed(`"${name}" leads out of the model folder`);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    const escapes = !isInside(resolve(modelFolder), resolve(modelFolder, inside));
    return launchFailed(escapes ? `"${name}" leads out of the model folder` : `"${name}" is not in the model folder`);
  }
}

/** The path in the model folder when `name` is below the mount destination; null otherwise. `''` is the folder itself. */
export function belowMount(spec: RevisionSpec, name: string): string | null {
  const mount = posix.normalize(spec.modelVFolderConfig.mountDestination).replace(/\/+$/, '');
  if (mount === '') return null;
  if (name === mount || name === `${mount}/`) return '.';
  return name.startsWith(`${mount}/`) ? name.slice(mount.length + 1) || '.' : null;
}

/** The GGUF file to load: the one the definition names, else the only one in the folder. A split model counts as one, named by its first part. */
export async function chooseGguf(spec: RevisionSpec, modelFolder: string): Promise<ModelPath> {
  const named = mainModel(spec)?.modelPath;
  if (named?.toLowerCase().endsWith('.gguf')) return resolveModelPath(spec, modelFolder, named);
  const names = await namesIn(modelFolder);
  if (names === null) return launchFailed('the model folder does not exist');
  const choices = names.filter((name) => /\.gguf$/i.test(name) && !isLaterPart(name)).sort();
  const [only, ...others] = choices;
  if (only === undefined) return launchFailed('the model folder has no .gguf file');
  if (others.length === 0) return resolveModelPath(spec, modelFolder, only);
  const shown = choices.slice(0, CHOICES_SHOWN_MAX).join(', ') + (choices.length > CHOICES_SHOWN_MAX ? ', …' : '');
  return launchFailed(`the model folder has ${choices.length} .gguf files (${shown}): name one as model_path in the model definition`);
}

/** The file names at the root of the folder; null: there is no such folder. */
export async function namesIn(folder: string): Promise<readonly string[] | null> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** A definition may list several models; a deployment runs the first. */
export function mainModel(spec: RevisionSpec): ModelDefinition | null {
  return spec.modelDefinition?.models[0] ?? null;
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function isLaterPart(name: string): boolean {
  const part = /-(\d{5})-of-\d{5}\.gguf$/i.exec(name)?.[1];
  return part !== undefined && Number(part) > 1;
}
