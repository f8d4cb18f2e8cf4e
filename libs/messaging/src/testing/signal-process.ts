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

const SCRIPT = `
const [role, path, hubUrl, clientUrl] = process.argv.slice(1);
const { openSignalHub } = await import(hubUrl);
const { connectSignals } = await import(clientUrl);
try {
  const signals = role === 'hub' ? await openSignalHub({ path }) : connectSignals({ path });
  setInterval(() => signals.publish('from.' + role, process.pid), 5);
  signals.subscribe('to.' + role, () => undefined);
  console.log('open');
} catch (error) {
  console.log('refused: ' + error.message);
}
`;

export type SignalProcess = { readonly process: ChildProcess; readonly outcome: Promise<string> };

/** A process with one end of a local socket, publishing its process id on `from.<role>` all the time. To be killed. */
export function startSignalProcess(role: 'hub' | 'client', path: string): SignalProcess {
  const urls = ['signal-hub.ts', 'signal-client.ts'].map((name) => new URL(`../local-socket/${name}`, import.meta.url).href);
  const options = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning', '--conditions=source', '--input-type=module', '--import', SOURCES];
  const child = spawn(process.execPath, [...options, '-e', SCRIPT, '--', role, path, ...urls], { stdio: ['ignore', 'pipe', 'inherit'] });
  const outcome = new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())));
  return { process: child, outcome };
}
