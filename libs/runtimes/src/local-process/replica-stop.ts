import type { ReplicaObservation } from '../replica-runtime.js';
import type { ProcessTable } from './process-table.js';
import { killGroups, sendSignal, type OwnProcess, type ReplicaFinder } from './replica-finder.js';
import type { RunFolder } from './run-folder.js';

const POLL_INTERVAL_MS = 20;
/** How long the system may take to end killed processes; one in an uninterruptible read takes longer than any other. */
const KILL_LIMIT_MS = 15_000;

/**
 * SIGTERM to the engine (through its wrapper), `graceMs` to comply, SIGKILL to all groups; resolves when nothing is left.
 * Rejects when something survives KILL_LIMIT_MS of being killed.
 */
export async function stopProcesses(
  finder: ReplicaFinder,
  table: ProcessTable,
  folder: RunFolder,
  known: Pick<ReplicaObservation, 'replicaId' | 'attempt'> | null,
  graceMs: number,
): Promise<void> {
  if (known === null) return;
  const { replicaId, attempt } = known;
  const { wrappers, rest } = await finder.processesOf(folder, replicaId, attempt);
  const groupIds = new Set([...wrappers, ...rest].map(({ groupId }) => groupId));
  if (graceMs > 0) {
    const asked: readonly OwnProcess[] = wrappers.length > 0 ? wrappers : rest;
    for (const { pid } of asked) sendSignal(pid, 'SIGTERM');
    await until(graceMs, async () => asked.every((process) => !table.isAlive(process)));
  }
  // Where processes cannot be looked up, an engine whose wrapper has died is reached by its group alone.
  if (!table.readsCommands) killGroups(wrappers);
  const isGone = await until(KILL_LIMIT_MS, async () => {
    const left = await finder.processesOf(folder, replicaId, attempt);
    killGroups([...left.wrappers, ...left.rest]);
    if (left.wrappers.length + left.rest.length > 0) return false;
    for (const groupId of groupIds) if (await table.hasLivingMember(groupId)) return false;
    return true;
  });
  if (!isGone) throw new Error(`processes of replica ${replicaId} survive being killed`);
}

/** Whether the condition came true within the limit. */
async function until(limitMs: number, isTrue: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
  return true;
}
