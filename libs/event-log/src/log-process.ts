import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Lets a plain Node process import our sources. */
const SOURCES = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({
  resolve(specifier, context, next) {
    try { return next(specifier, context); }
    catch (error) { if (!specifier.endsWith('.js')) throw error; return next(specifier.slice(0, -3) + '.ts', context); }
  },
});`)}`;

export type LogProcess = AsyncDisposable & {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly lines: readonly string[];
  /** Settles once it has printed so many lines; throws when it ends before. */
  printed(count: number): Promise<void>;
  kill(): Promise<void>;
};

/** A real process that runs `script` with `base`, the URL of this folder, and `args`; for tests, to be killed. */
export function startLogProcess(script: string, args: readonly string[]): LogProcess {
  const options = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning', '--conditions=source', '--input-type=module', '--import', SOURCES];
  const print = `const print = (line) => fs.writeSync(1, line + '\\n');`;
  const prelude = `import * as fs from 'node:fs'; const [base, ...args] = process.argv.slice(1); ${print}`;
  const child = spawn(process.execPath, [...options, '-e', prelude + script, '--', new URL('.', import.meta.url).href, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const closed = once(child, 'close');
  const waiting = new Set<() => void>();
  let ended = false;
  const tell = () => waiting.forEach((check) => check());
  createInterface({ input: child.stdout }).on('line', (line) => (lines.push(line), tell()));
  void closed.then(() => ((ended = true), tell()));
  const kill = async () => {
    child.kill('SIGKILL');
    await closed;
  };
  return {
    child,
    lines,
    printed: (count) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (lines.length < count && !ended) return;
          waiting.delete(check);
          if (lines.length >= count) resolve();
          else reject(new Error(`the process ended after ${lines.length} of ${count} lines: ${lines.slice(-3).join(' | ')}`));
        };
        waiting.add(check);
        check();
      }),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
