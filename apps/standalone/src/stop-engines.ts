import { LocalProcessRuntime } from '@slipway/runtimes';

/** How long an engine may take to end when the platform is stopped. */
const ENGINE_STOP_GRACE_MS = 20_000;

/** Ends every engine of this machine, once nobody looks after them any more. */
export async function stopEngines(dataDir: string): Promise<void> {
  await using runtime = await LocalProcessRuntime.open({ dataDir });
  const engines = await runtime.list();
  await Promise.all(engines.map(({ replicaId }) => runtime.stop(replicaId, { graceMs: ENGINE_STOP_GRACE_MS })));
}
