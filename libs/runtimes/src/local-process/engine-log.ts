import { copyFile, open, rename, rm, stat, truncate } from 'node:fs/promises';

/** Per replica at most (LOG_FILES_KEPT + 1) · LOG_FILE_MAX_BYTES on disk, 32 MiB, while a runtime is there to rotate. */
export const LOG_FILE_MAX_BYTES = 8 * 1024 * 1024;
export const LOG_FILES_KEPT = 3;
/** How much of a log's end is searched for its last lines. */
export const LOG_TAIL_MAX_BYTES = 256 * 1024;
/** A longer line is cut. */
export const LOG_LINE_MAX_CHARS = 4096;

/**
 * Moves a full log to `<path>.1` (and `.1` to `.2` …) by copying and truncating, because the engine holds the file open.
 * What is written between the two steps is lost. True: it was rotated.
 */
export async function rotateLog(path: string, { maxBytes = LOG_FILE_MAX_BYTES, kept = LOG_FILES_KEPT } = {}): Promise<boolean> {
  if ((await sizeOf(path)) <= maxBytes) return false;
  await rm(`${path}.${kept}`, { force: true });
  for (let index = kept - 1; index >= 1; index--) await rename(`${path}.${index}`, `${path}.${index + 1}`).catch(ignoreAbsent);
  await copyFile(path, `${path}.1`);
  await truncate(path, 0);
  return true;
}

/** The last lines over the log and the rotated file before it, oldest first. Invalid UTF-8 shows as U+FFFD. */
export async function lastLogLines(path: string, count: number): Promise<readonly string[]> {
  if (count <= 0) return [];
  const lines = await tail(path);
  const older = lines.length < count ? await tail(`${path}.1`) : [];
  return [...older, ...lines].slice(-count);
}

async function tail(path: string): Promise<readonly string[]> {
  const size = await sizeOf(path);
  if (size === 0) return [];
  const length = Math.min(size, LOG_TAIL_MAX_BYTES);
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: size - length });
  const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (length < size && lines.length > 1) lines.shift(); // begins before what was read
  return lines.map((line) => line.replace(/\r$/, '').slice(0, LOG_LINE_MAX_CHARS));
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(ignoreAbsent))?.size ?? 0;
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
