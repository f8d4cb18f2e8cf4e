import { isUtf8 } from 'node:buffer';
import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { SlipwayError } from '@slipway/contracts';
import { MODEL_DEFINITION_BYTES_MAX } from '@slipway/contracts/model-definition';

/** Ids of model folders are the names of directories under the model root. */
const FOLDER_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export type ModelFolder = { readonly id: string; readonly name: string; readonly directory: string };

/** Directories under one root, addressed by id. Nothing outside the root is ever read, whatever an id, a path or a link says. */
export class ModelFolders {
  constructor(private readonly root: string) {}

  async find(vfolderId: string): Promise<ModelFolder> {
    if (!FOLDER_ID.test(vfolderId)) throw new SlipwayError('MODEL_FOLDER_NOT_FOUND', { vfolderId: printable(vfolderId) });
    const directory = path.join(this.root, vfolderId);
    const [root, real] = await Promise.all([realpath(this.root).catch(() => null), realpath(directory).catch(() => null)]);
    const isThere = root !== null && real !== null && isWithin(root, real) && (await stat(real)).isDirectory();
    if (!isThere) throw new SlipwayError('MODEL_FOLDER_NOT_FOUND', { vfolderId });
    return { id: vfolderId, name: vfolderId, directory };
  }

  /** The absolute path of a file in the folder, or null when there is none. Links must not lead out of the folder either. */
  async resolve(folder: ModelFolder, relative: string, field: string): Promise<string | null> {
    const outside = new SlipwayError('PATH_OUTSIDE_ROOT', { field, path: printable(relative) });
    if (relative === '' || relative.includes('\0') || path.isAbsolute(relative)) throw outside;
    const wanted = path.resolve(folder.directory, relative);
    if (!isWithin(folder.directory, wanted)) throw outside;
    const [top, real] = await Promise.all([realpath(folder.directory), realpath(wanted).catch(() => null)]);
    if (real === null) return null;
    if (!isWithin(top, real)) throw outside;
    return real;
  }

  /** The text of a definition file, or null when there is none. */
  async readDefinition(folder: ModelFolder, definitionPath: string): Promise<string | null> {
    const file = await this.resolve(folder, definitionPath, 'modelVFolderConfig.definitionPath');
    if (file === null) return null;
    const found = await stat(file);
    const invalid = (problems: string) => new SlipwayError('MODEL_DEFINITION_INVALID', { definitionPath, problems });
    if (!found.isFile()) throw invalid('it is not a file'); // a pipe would never end
    if (found.size > MODEL_DEFINITION_BYTES_MAX) throw invalid(`it is larger than ${MODEL_DEFINITION_BYTES_MAX} bytes`);
    const bytes = await readFile(file);
    if (!isUtf8(bytes)) throw invalid('it is not UTF-8 text');
    return new TextDecoder().decode(bytes);
  }
}

function isWithin(directory: string, file: string): boolean {
  const relative = path.relative(directory, file);
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** What a stranger wrote, fit for an error message. */
const printable = (text: string): string => JSON.stringify(text.slice(0, 120)).slice(1, -1);
