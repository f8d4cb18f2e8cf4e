import { createHash, randomUUID } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfAny } from './run-folder.js';

/**
 * Tells this data directory's engines from all others on the machine. A copy of the directory gets another id (its inode differs),
 * so a restored backup never takes the original's engines for its own; a moved one keeps it.
 */
export async function platformId(folder: string): Promise<string> {
  const path = join(folder, 'platform-id');
  await writeFile(path, `${randomUUID()}\n`, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const { dev, ino } = await stat(folder);
  return createHash('sha256').update(`${await readFileIfAny(path)}:${dev}:${ino}`).digest('hex').slice(0, 16);
}
