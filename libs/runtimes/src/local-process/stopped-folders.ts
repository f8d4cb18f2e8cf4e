import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Stopped replicas whose last logs are kept; the oldest go first. */
export const STOPPED_FOLDERS_KEPT = 100;

export async function pruneStoppedFolders(root: string, kept = STOPPED_FOLDERS_KEPT): Promise<void> {
  const stopped: { path: string; stoppedAtMs: number }[] = [];
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(root, entry.name);
    const isRunning = await stat(join(path, 'launch.json')).then(() => true, () => false);
    const end = isRunning ? null : await stat(join(path, 'stopped.json')).catch(() => null);
    if (end !== null) stopped.push({ path, stoppedAtMs: end.mtimeMs });
  }
  stopped.sort((a, b) => b.stoppedAtMs - a.stoppedAtMs);
  for (const { path } of stopped.slice(kept)) await rm(path, { recursive: true, force: true });
}
