import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';

/** A real engine process, for tests. Disposing it kills it. */
export type EngineProcessUnderTest = AsyncDisposable & {
  readonly child: ChildProcess;
  /** All that was written to standard error so far. */
  stderr(): string;
  /** Resolves with the log line of this event once there is one. Rejects when the process ends first. */
  logged(event: string): Promise<Readonly<Record<string, unknown>>>;
  /** Exit code, or the signal's name. */
  exited(): Promise<number | string>;
};

/** One that listens. */
export type EngineUnderTest = EngineProcessUnderTest & {
  readonly url: string;
  readonly client: OpenAI;
  /** A sample's value from /metrics; 0 when it is missing. */
  metric(name: string): Promise<number>;
};

export const TINY_MODEL_PATH = fileURLToPath(new URL('../../../models/tiny-tales/tiny-tales.gguf', import.meta.url));

const mainPath = fileURLToPath(new URL('../dist/main.js', import.meta.url));

type Environment = Readonly<Record<string, string>>;

/** The engine gets exactly this environment, nothing from the test's own. */
export function startEngine(args: readonly string[], env: Environment = {}): EngineProcessUnderTest {
  const child = spawn(process.execPath, [mainPath, ...args], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const events = new Map<string, Record<string, unknown>>();
  let onEvent: (() => void)[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return; // the help text
    const fields = JSON.parse(line) as Record<string, unknown>;
    events.set(String(fields['event']), fields);
    const waiting = onEvent;
    onEvent = [];
    for (const wake of waiting) wake();
  });
  const logged = async (event: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const fields = events.get(event);
      if (fields !== undefined) return fields;
      const outcome = await Promise.race([new Promise<null>((resolve) => onEvent.push(() => resolve(null))), ended]);
      if (outcome !== null && !events.has(event)) throw new Error(`ended with ${outcome} before '${event}': ${stderr}`);
    }
  };
  return {
    child,
    stderr: () => stderr,
    logged,
    exited: () => ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Starts an engine that will serve `tiny`, and waits until it listens, or until it is ready. */
export async function openEngine(
  args: readonly string[],
  { until = 'ready', env = {} }: { until?: 'listening' | 'ready'; env?: Environment } = {},
): Promise<EngineUnderTest> {
  const engine = startEngine(['--port', '0', '--served-model-name', 'tiny', ...args], env);
  const { port } = await engine.logged(until);
  const url = `http://127.0.0.1:${String(port)}`;
  const apiKey = env['SLIPWAY_ENGINE_API_KEY'] ?? 'none';
  return {
    ...engine,
    url,
    client: new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 }),
    metric: async (name) => {
      const text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${apiKey}` } })).text();
      return metricOf(text, name);
    },
  };
}

/** `name` with as many labels as one likes to give: `request_success_total{finished_reason="stop"`. */
export function metricOf(text: string, name: string): number {
  const [metric = '', label = ''] = name.split('{');
  const line = text.split('\n').find((sample) => sample.startsWith(`vllm:${metric}{`) && sample.includes(label));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ')));
}

/** Polls until the condition holds; the test's own timeout is the limit. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
