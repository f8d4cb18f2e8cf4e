import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitedOnly } from '../conformance/runtime-under-test.js';
import { waitFor } from '../conformance/wait-for.js';
import type { ReplicaObservation } from '../replica-runtime.js';
import { LocalProcessRuntime, type LocalProcessRuntimeOptions } from '../local-process/local-process-runtime.js';
import { openProcessTable } from '../local-process/process-table.js';
import { scriptedEngine } from './scripted-engine.js';

export type Lab = Awaited<ReturnType<typeof openLab>>;

/** A data directory with a runtime over it, which may be left behind as if killed, and opened again. */
export async function openLab(options: Partial<LocalProcessRuntimeOptions> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'slipway-runtime-'));
  const runtimes: LocalProcessRuntime[] = [];
  const open = async (): Promise<LocalProcessRuntime> => {
    const runtime = await LocalProcessRuntime.open({ dataDir, ...options });
    runtimes.push(runtime);
    return runtime;
  };
  return {
    dataDir,
    runtime: await open(),
    reopen: open,
    command: scriptedEngine,
    file: (replicaId: string, name: string) => join(dataDir, 'replicas', replicaId, name),
    crash: async () => undefined,
    print: async () => undefined,
    async [Symbol.asyncDispose]() {
      const last = await open();
      for (const { replicaId } of await last.list()) await last.stop(replicaId, { graceMs: 0 });
      for (const runtime of runtimes) await runtime[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true });
    },
  };
}

export const table = openProcessTable();
export const isRunning = (pid: unknown): boolean => table.identify(Number(pid)) !== null;
export const gone = (pid: unknown): Promise<unknown> => waitFor(`the end of ${String(pid)}`, () => !isRunning(pid));
export const exitOf = (runtime: LocalProcessRuntime, replicaId: string): Promise<ReplicaObservation> =>
  waitFor('the exit', async () => exitedOnly(await runtime.inspect(replicaId)));
