import { constants } from 'node:fs';
import { mkdir, open, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { JsonObject, PreStartAction } from '@slipway/domain';
import { launchFailed, unsupported, type EngineRefusal } from '../engine-command.js';

export const PRE_START_ACTIONS_MAX = 100;
export const PRE_START_FILE_MAX_BYTES = 1024 * 1024;

/**
 * `mkdir {path}`, `write_file {filename, body, mode?}` and `log {message}` (which does nothing), inside the replica's own folder.
 * Everything else is refused: a definition prepares its replica, not the machine. May be repeated.
 */
export async function performPreStartActions(actions: readonly PreStartAction[], runFolder: string): Promise<EngineRefusal | null> {
  if (actions.length > PRE_START_ACTIONS_MAX) return launchFailed(`more than ${PRE_START_ACTIONS_MAX} pre_start_actions`);
  for (const [index, action] of actions.entries()) {
    const problem = await perform(action, runFolder).catch(pathProblem);
    if (problem !== null) return { ...problem, message: `pre_start_actions[${index}] ${action.action}: ${problem.message}` };
  }
  return null;
}

async function perform({ action, args }: PreStartAction, runFolder: string): Promise<EngineRefusal | null> {
  switch (action) {
    case 'log':
      return onlyFields(args, ['message', 'debug']);
    case 'mkdir': {
      const path = onlyFields(args, ['path']) ?? (await insidePath(args['path'], 'path', runFolder));
      if ('type' in path) return path;
      await mkdir(path.path, { recursive: true });
      return null;
    }
    case 'write_file':
      return onlyFields(args, ['filename', 'body', 'mode']) ?? writeOwnFile(args, runFolder);
    default:
      return unsupported('is not supported for local processes; known are mkdir, write_file and log');
  }
}

/** A name that cannot be made is the definition's fault; a full disk is not. */
function pathProblem(error: NodeJS.ErrnoException): EngineRefusal {
  if (!['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ELOOP'].includes(error.code ?? '')) throw error;
  return launchFailed(`cannot be done (${error.code})`);
}

async function writeOwnFile(args: JsonObject, runFolder: string): Promise<EngineRefusal | null> {
  const { filename, body, mode = '644' } = args;
  if (typeof body !== 'string') return launchFailed('body is not text');
  if (Buffer.byteLength(body) > PRE_START_FILE_MAX_BYTES) return launchFailed(`body is larger than ${PRE_START_FILE_MAX_BYTES} bytes`);
  if (typeof mode !== 'string' || !/^(0o?)?[0-7]{3}$/.test(mode)) return launchFailed('mode is not the text of three octal digits');
  const path = await insidePath(filename, 'filename', runFolder);
  if ('type' in path) return path;
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  await using file = await open(path.path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  await file.writeFile(body);
  await file.chmod(Number.parseInt(mode.slice(-3), 8));
  return null;
}

function onlyFields(args: JsonObject, fields: readonly string[]): EngineRefusal | null {
  const unknown = Object.keys(args).find((key) => !fields.includes(key));
  return unknown === undefined ? null : launchFailed(`args.${unknown} is not supported; known are ${fields.join(', ')}`);
}

/** Creates the folders above. An engine that ran here before may have left symbolic links, so the real parent is what counts. */
async function insidePath(value: unknown, field: string, runFolder: string): Promise<{ readonly path: string } | EngineRefusal> {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) return launchFailed(`${field} is not a file name`);
  const leaves = launchFailed(`"${value}" leads out of the replica's folder`);
  const root = await realpath(runFolder);
  const path = join(root, value);
  if (isAbsolute(value) || !isBelow(root, path)) return leaves;
  let folder = root;
  for (const part of relative(root, dirname(path)).split(sep).filter(Boolean)) {
    await mkdir(join(folder, part)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    folder = await realpath(join(folder, part));
    if (!isBelow(root, folder)) return leaves;
  }
  return { path };
}

function isBelow(root: string, path: string): boolean {
  return path.startsWith(root + sep);
}
