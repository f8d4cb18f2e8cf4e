import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 200;
const HEARTBEAT_MS = 5_000;
/** A holder on another machine (a clone on a network disk) counts as gone after this long without a sign. */
const SILENT_HOLDER_MS = 60_000;
/** A lock without readable content is being written this very moment, unless it is older. */
const UNREADABLE_LOCK_MS = 10_000;

/** Runs `work` alone among all set-ups of this clone. `onWait` hears once, with the holder's process id, that another is at it. */
export async function withSetupLock(directory, work, onWait = () => {}) {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'lock');
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), born: processBirth(process.pid), id: randomUUID() });
  await acquire(path, mine, onWait);
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (read(path)?.text === mine) rmSync(path, { force: true });
  }
}

async function acquire(path, mine, onWait) {
  let waiting = false;
  for (;;) {
    if (create(path, mine)) return;
    const found = read(path);
    if (found === undefined) continue;
    if (isStale(found)) {
      takeAway(path, found.text);
      continue;
    }
    if (!waiting) onWait(found.holder?.pid);
    waiting = true;
    await delay(POLL_MS);
  }
}

function create(path, text) {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function read(path) {
  try {
    const text = readFileSync(path, 'utf8');
    return { text, holder: parse(text), silentMs: Date.now() - statSync(path).mtimeMs };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isStale({ holder, silentMs }) {
  if (holder === undefined) return silentMs > UNREADABLE_LOCK_MS;
  if (holder.host !== hostname()) return silentMs > SILENT_HOLDER_MS;
  return !isAlive(holder.pid) || processBirth(holder.pid) !== holder.born;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** When a process began, in clock ticks since boot (Linux), so that a reused process id is not taken for the holder; null elsewhere. */
function processBirth(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Two may find the same stale lock: whoever moves away one that has meanwhile become somebody's puts it back. */
function takeAway(path, staleText) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readFileSync(aside, 'utf8') !== staleText) putBack(aside, path);
  rmSync(aside, { force: true });
}

function putBack(aside, path) {
  try {
    linkSync(aside, path);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

function touch(path) {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
