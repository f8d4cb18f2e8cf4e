import { once } from 'node:events';
import { chmod, rm, stat, writeFile } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { ensurePrivateFolder, socketAddress, takeoverPath } from './socket-path.js';

/** A takeover takes milliseconds; a claim older than this was left by a process killed in the middle of one. */
const TAKEOVER_CLAIM_MAX_AGE_MS = 5000;
const TAKEOVER_RETRY_MS = 25;
const TAKEOVER_WAIT_MAX_MS = 10_000;

/**
 * Listens on a socket file that its owner alone may use (0600). The file of a killed hub is replaced; a living hub's is not:
 * then it rejects. Looking and replacing happen under a claim, so that two starting at once cannot replace each other's.
 */
export async function listenAlone(server: Server, path: string): Promise<void> {
  const address = socketAddress(path);
  await ensurePrivateFolder(path);
  const claim = takeoverPath(path);
  await takeClaim(claim);
  try {
    if (await isAnswering(address)) throw new Error(`a signal hub is already listening on ${path}`);
    await rm(path, { force: true });
    server.listen(address);
    await once(server, 'listening');
    await chmod(path, 0o600);
  } finally {
    await rm(claim, { force: true });
  }
}

async function takeClaim(claim: string): Promise<void> {
  const deadline = performance.now() + TAKEOVER_WAIT_MAX_MS;
  for (;;) {
    try {
      return await writeFile(claim, String(process.pid), { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || performance.now() > deadline) throw error;
    }
    const ageMs = Date.now() - ((await stat(claim).catch(() => null))?.mtimeMs ?? Date.now());
    if (Math.abs(ageMs) > TAKEOVER_CLAIM_MAX_AGE_MS) await rm(claim, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, TAKEOVER_RETRY_MS));
  }
}

/** Whether a living process listens. A stopped one counts: the system accepts for it. */
async function isAnswering(address: string): Promise<boolean> {
  const socket = connect(address);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ENOTSOCK') return false;
    if (code === 'EAGAIN') return true; // its backlog is full
    throw error;
  } finally {
    socket.destroy();
  }
}
