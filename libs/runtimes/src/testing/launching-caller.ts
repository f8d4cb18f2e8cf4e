import { spawn, type ChildProcess } from 'node:child_process';

/** Lets a plain Node process import our sources. */
const SOURCES = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({
  resolve(specifier, context, next) {
    try { return next(specifier, context); }
    catch (error) { if (!specifier.endsWith('.js')) throw error; return next(specifier.slice(0, -3) + '.ts', context); }
  },
});`)}`;

const CALLER = `
const [dataDir, replicaId, runtimeUrl, engineUrl] = process.argv.slice(1);
const { LocalProcessRuntime } = await import(runtimeUrl);
const { scriptedEngine } = await import(engineUrl);
const runtime = await LocalProcessRuntime.open({ dataDir });
const outcome = await runtime.launch({
  replicaId, attempt: 1, readiness: null,
  command: async (placement) => {
    process.stdout.write('launching\\n');
    return { type: 'command', command: scriptedEngine(placement), warnings: [] };
  },
});
process.stdout.write(outcome.type + '\\n');
setInterval(() => {}, 1000);
`;

/** A process that opens a runtime and launches one replica, printing `launching` just before the start and `running` after it. To be killed. */
export function startLaunchingCaller(dataDir: string, replicaId: string): ChildProcess {
  const urls = ['../local-process/local-process-runtime.ts', 'scripted-engine.ts'].map((name) => new URL(name, import.meta.url).href);
  const options = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning', '--conditions=source', '--input-type=module'];
  return spawn(process.execPath, [...options, '--import', SOURCES, '-e', CALLER, '--', dataDir, replicaId, ...urls], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
