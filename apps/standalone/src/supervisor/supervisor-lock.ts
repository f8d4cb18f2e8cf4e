import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { CannotStart } from './preflight.js';

/** One platform per data directory. A lock whose process is gone is nobody's. */
export function takeLock(file: string): () => void {
  const holder = readHolder(file);
  if (holder !== null && isAlive(holder)) throw new CannotStart(`Slipway already runs on this data directory (process ${holder}); stop it first`);
  writeFileSync(file, `${process.pid}\n`, { mode: 0o600 });
  return () => {
    if (readHolder(file) === process.pid) rmSync(file, { force: true });
  };
}

function readHolder(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 && pid !== process.pid ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('standalone');
  } catch (error) {
    // Another user's process, or a system without /proc: alive is the careful answer.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
