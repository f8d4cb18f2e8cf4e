import { request } from 'node:http';
import type { EngineCommand } from '../engine-command.js';
import type { Placement, ReplicaObservation } from '../replica-runtime.js';

/**
 * A small HTTP engine that does on request what engines do to us: exits, dies, prints, spawns children, ignores SIGTERM.
 * For tests of the runtime, which must not depend on a real engine.
 */
const SCRIPT = `
const { spawn } = require('node:child_process');
const children = [];
require('node:http').createServer((request, response) => {
  const url = new URL(request.url, 'http://engine');
  const answer = (value) => response.end(JSON.stringify(value ?? null));
  const arg = url.searchParams.get('arg');
  switch (url.pathname) {
    case '/health': return answer(process.pid);
    case '/environ': return answer(process.env);
    case '/argv': return answer(process.argv.slice(1));
    case '/exit': return answer(), response.on('close', () => process.exit(Number(arg)));
    case '/kill': return process.kill(process.pid, arg);
    case '/print': return process.stdout.write(arg + '\\n', () => answer());
    case '/deaf': process.on('SIGTERM', () => console.log('will not')); return answer();
    case '/polite': process.on('SIGTERM', () => { console.log('goodbye'); process.exit(0); }); return answer();
    case '/spawn': {
      const env = arg === 'bare' ? {} : process.env;
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env, stdio: 'ignore', detached: arg === 'detached' });
      return child.once('spawn', () => answer(child.pid));
    }
    default: response.statusCode = 404; return answer();
  }
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

export function scriptedEngine({ port }: Pick<Placement, 'port'>, ...words: readonly string[]): EngineCommand {
  return { argv: [process.execPath, '-e', SCRIPT, '--', ...words], environ: { PORT: String(port) }, secretEnviron: [] };
}

/** Asks the engine, as soon as it listens. Null when it hangs up instead of answering. */
export async function askEngine({ endpoint }: ReplicaObservation, path: string, arg = ''): Promise<unknown> {
  const url = `${endpoint}${path}?arg=${encodeURIComponent(arg)}`;
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      return await ask(url);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') return null;
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function ask(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false }, (response) => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(JSON.parse(text)));
      response.on('error', reject);
    });
    asked.on('error', reject).end();
  });
}
