import { copyFile, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Per replica at most (LOG_FILES_KEPT + 1) · LOG_FILE_MAX_BYTES on disk, 32 MiB, while a runtime is there to rotate. */
export const LOG_FILE_MAX_BYTES = 8 * 1024 * 1024;
export const LOG_FILES_KEPT = 3;

/** One of the files that together hold the output, and where in all the output ever printed its bytes lie. */
export type LogFile = { readonly path: string; readonly from: number; readonly to: number };

/**
 * Moves a full log to `<path>.1` (and `.1` to `.2` …) by copying and truncating, because the engine holds the file open.
 * What is written between the two steps is lost. True: it was rotated.
 */
export async function rotateLog(path: string, { maxBytes = LOG_FILE_MAX_BYTES, kept = LOG_FILES_KEPT } = {}): Promise<boolean> {
  if (((await sizeOf(path)) ?? 0) <= maxBytes) return false;
  const begin = (await logFiles(path)).at(-1)?.from ?? 0;
  await rm(`${path}.${kept}`, { force: true });
  for (let index = kept - 1; index >= 1; index--) await rename(`${path}.${index}`, `${path}.${index + 1}`).catch(ignoreAbsent);
  await copyFile(path, `${path}.1`);
  await writeFile(beginPath(path), String(begin + ((await sizeOf(`${path}.1`)) ?? 0)), { mode: 0o600 });
  await truncate(path, 0);
  return true;
}

/** Oldest first, each beginning where the one before ends; the last one is being written. Empty: there never was a log. */
export async function logFiles(path: string): Promise<readonly LogFile[]> {
  const sizes: { readonly path: string; readonly size: number }[] = [];
  for (let index = 0; ; index++) {
    const file = index === 0 ? path : `${path}.${index}`;
    const size = await sizeOf(file);
    if (size === null) break;
    sizes.unshift({ path: file, size });
  }
  const [current, older] = [sizes.at(-1), sizes.slice(0, -1)];
  if (current === undefined) return [];
  const olderBytes = older.reduce((sum, { size }) => sum + size, 0);
  let from = Math.max(0, (await writtenBegin(path)) - olderBytes);
  return sizes.map((file) => ({ path: file.path, from, to: (from += file.size) }));
}

/** Beside the log: how many bytes were printed before its first one. */
const beginPath = (path: string): string => join(dirname(path), 'log-begin');

async function writtenBegin(path: string): Promise<number> {
  const text = await readFile(beginPath(path), 'utf8').catch(ignoreAbsent);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

async function sizeOf(path: string): Promise<number | null> {
  return (await stat(path).catch(ignoreAbsent))?.size ?? null;
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
