import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';

/** Where a command without a slash is looked up when its environment has no PATH. */
export const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/** Absolute path of what `name` would run, looked up on `path`, relative to `cwd`. Null: there is no such executable file. */
export async function findExecutable(name: string, { path, cwd }: { path?: string | undefined; cwd: string }): Promise<string | null> {
  if (name === '') return null;
  const candidates = name.includes('/')
    ? [resolve(cwd, name)]
    : (path ?? DEFAULT_PATH).split(':').filter(isAbsolute).map((folder) => join(folder, name));
  for (const candidate of candidates) if (await isExecutableFile(candidate)) return candidate;
  return null;
}

async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
