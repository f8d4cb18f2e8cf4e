import { createProjectGraphAsync } from '@nx/devkit';

/**
 * Makes the graph of projects anew (well under a second with a warm cache), so that a changed tag or a fresh clone is seen whoever starts
 * ESLint. Under Nx itself the graph has just been made.
 */
export async function refreshProjectGraph() {
  if (process.env.NX_TASK_TARGET_PROJECT) return;
  process.env.NX_DAEMON = 'false';
  await createProjectGraphAsync({ exitOnError: false, resetDaemonClient: true });
}
