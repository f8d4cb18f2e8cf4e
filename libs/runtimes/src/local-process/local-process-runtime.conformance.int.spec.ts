import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replicaRuntimeConformance } from '../conformance/index.js';
import { LocalProcessRuntime } from './local-process-runtime.js';
import { askEngine, scriptedEngine } from '../testing/scripted-engine.js';

for (const [name, procFolder] of [['local processes', '/proc'], ['local processes without /proc', '/nowhere']] as const) {
  replicaRuntimeConformance(name, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'slipway-runtime-'));
    const runtime = await LocalProcessRuntime.open({ dataDir, procFolder });
    return {
      runtime,
      command: scriptedEngine,
      async crash(observation, how) {
        await ('signal' in how ? askEngine(observation, '/kill', how.signal) : askEngine(observation, '/exit', String(how.exitCode)));
      },
      async print(observation, line) {
        await askEngine(observation, '/print', line);
      },
      async [Symbol.asyncDispose]() {
        for (const { replicaId } of await runtime.list()) await runtime.stop(replicaId, { graceMs: 0 });
        await runtime[Symbol.asyncDispose]();
        await rm(dataDir, { recursive: true });
      },
    };
  });
}
