import { replicaRuntimeConformance } from './conformance/index.js';
import { createMemoryReplicaRuntime } from './memory-replica-runtime.js';

replicaRuntimeConformance('memory', async () => {
  const runtime = createMemoryReplicaRuntime();
  return {
    runtime,
    command: () => ({ argv: ['engine'], environ: {}, secretEnviron: [] }),
    crash: async ({ replicaId }, how) => runtime.engines.exit(replicaId, how),
    print: async ({ replicaId }, line) => runtime.engines.print(replicaId, line),
    [Symbol.asyncDispose]: async () => undefined,
  };
});
