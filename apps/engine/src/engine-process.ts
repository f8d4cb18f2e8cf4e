import type { EngineConfig, LlamaEngine, MockEngine } from './config.js';
import { createEngineServer, type EngineServer } from './engine-server.js';
import { EXIT } from './exit-codes.js';
import { inspectGgufFile, type LoadFailure } from './gguf-file.js';
import type { LogLine } from './log-line.js';
import { createMockTextModel } from './mock-text-model.js';
import type { TextModel } from './text-model.js';

/** Why a start failed, as the process ends with it. */
export type StartFailure = { readonly exitCode: number; readonly message: string };

export type EngineProcess = {
  /** Listens, then loads, then is ready. Null: ready (or stopped meanwhile). */
  start(): Promise<StartFailure | null>;
  /** Finishes what was accepted, within the drain limit, and closes everything. */
  stop(reason: string): Promise<void>;
};

/** The engine's life from listening to drained. */
export function createEngineProcess(config: EngineConfig, log: LogLine): EngineProcess {
  const { engine, servedNames, apiKey, queueDepth, host, drainTimeoutMs } = config;
  const onFailure = (failure: Readonly<Record<string, unknown>>) => log('request failed', failure);
  const server = createEngineServer({ servedNames, apiKey, queueDepth, onFailure });
  const stopping = new AbortController();
  let model: TextModel | null = null;

  return {
    async start() {
      const startedMs = performance.now();
      const port = await listen(server, config);
      if (typeof port !== 'number') return port;
      log('listening', { host, port, engine: engine.type, models: servedNames, open: apiKey === null });
      const outcome = engine.type === 'mock' ? await startMock(engine, stopping.signal) : await startLlama(engine);
      if ('failure' in outcome) return outcome.failure;
      model = outcome.model;
      if (stopping.signal.aborted) return null;
      server.serve(model);
      const { contextTokensMax, sequencesMax } = model;
      log('ready', { port, contextTokensMax, sequencesMax, startMs: Math.round(performance.now() - startedMs) });
      return null;
    },
    async stop(reason) {
      stopping.abort();
      log('draining', { reason, drainTimeoutMs });
      const complete = await server.drain(drainTimeoutMs);
      await server.close();
      await model?.[Symbol.asyncDispose]();
      log('stopped', { complete });
    },
  };
}

async function listen(server: EngineServer, { host, port }: EngineConfig): Promise<number | StartFailure> {
  try {
    return await server.listen(port, host);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const why = code === 'EADDRINUSE' ? 'the port is in use' : code;
    return { exitCode: EXIT.portUnavailable, message: `cannot listen on ${host}:${port}: ${why}` };
  }
}

type ModelOutcome = { readonly model: TextModel } | { readonly failure: StartFailure };

async function startMock(engine: MockEngine, stopping: AbortSignal): Promise<ModelOutcome> {
  await delay(engine.startDelayMs, stopping);
  if (engine.failStart !== null) {
    const message = `this end was asked for with --mock-fail-start ${engine.failStart}`;
    return { failure: { exitCode: engine.failStart, message } };
  }
  return { model: createMockTextModel(engine) };
}

/** llama.cpp's binding takes a quarter of a second to import, so only an engine that has a model for it does. */
async function startLlama(engine: LlamaEngine): Promise<ModelOutcome> {
  const file = await inspectGgufFile(engine.modelPath);
  if ('failure' in file) return startFailure(file.failure);
  const { loadLlamaModel } = await import('./llama-loader.js');
  const outcome = await loadLlamaModel(engine);
  return 'model' in outcome ? outcome : startFailure(outcome.failure);
}

function startFailure({ kind, message }: LoadFailure): { failure: StartFailure } {
  const exitCode = { missing: EXIT.modelMissing, unreadable: EXIT.modelUnreadable, usage: EXIT.usage }[kind];
  return { failure: { exitCode, message } };
}

function delay(ms: number, stopping: AbortSignal): Promise<void> {
  if (ms === 0 || stopping.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stopping.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
