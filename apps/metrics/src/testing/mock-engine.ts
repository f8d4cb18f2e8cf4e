import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The built-in engine, which is started as a program and never loaded. */
const ENGINE = fileURLToPath(new URL('../../../engine/dist/main.js', import.meta.url));

export type MockEngine = AsyncDisposable & { readonly url: string; readonly pid: number };

/** A real engine process that asks for `apiKey` and carries the mark of `replicaId`. */
export async function startMockEngine(apiKey: string, replicaId: string): Promise<MockEngine> {
  const args = ['--engine', 'mock', '--port', '0', '--served-model-name', 'tiny', '--mock-ttft-ms', '5', '--mock-tokens-per-second', '2000'];
  const child = spawn(process.execPath, [ENGINE, ...args], { env: { SLIPWAY_ENGINE_API_KEY: apiKey, SLIPWAY_REPLICA: `platform/${replicaId}/1` }, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const fields = JSON.parse(line) as { event: string; port: number };
    if (fields.event !== 'ready') continue;
    child.stdout.resume();
    return {
      url: `http://127.0.0.1:${fields.port}`,
      pid: child.pid ?? 0,
      async [Symbol.asyncDispose]() {
        const closed = once(child, 'close');
        child.kill('SIGKILL');
        await closed;
      },
    };
  }
  throw new Error('the engine ended before it was ready');
}
