import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';

/** What a socket's address holds besides its closing zero byte: 108 bytes on Linux, 104 on macOS. */
export const SOCKET_PATH_MAX_BYTES = process.platform === 'darwin' ? 103 : 107;

/** The shorter of the absolute path and the one relative to the working directory. Throws when both are too long for the system. */
export function socketAddress(path: string, workingFolder = process.cwd()): string {
  const absolute = resolve(workingFolder, path);
  const [shortest = absolute] = [absolute, relative(workingFolder, absolute)].sort((a, b) => Buffer.byteLength(a) - Buffer.byteLength(b));
  const length = Buffer.byteLength(shortest);
  if (length <= SOCKET_PATH_MAX_BYTES) return shortest;
  throw new Error(`the socket path ${absolute} has ${length} bytes and may have ${SOCKET_PATH_MAX_BYTES}: choose a shorter data directory`);
}

/** Creates the socket's folder for its owner alone. Throws when one is there that others may enter: they could reach the socket. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { mode, uid } = await stat(folder);
  const isOwn = process.getuid === undefined || uid === process.getuid();
  if (!isOwn || (mode & 0o077) !== 0) throw new Error(`the folder of the signal socket, ${folder}, must belong to this user alone (mode 0700)`);
}

/** A name beside the socket for what only one process at a time may do to it. */
export function takeoverPath(path: string): string {
  const absolute = resolve(path);
  const tag = createHash('sha256').update(basename(absolute)).digest('hex').slice(0, 8);
  return join(dirname(absolute), `.takeover-${tag}`);
}
