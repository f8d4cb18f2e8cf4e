import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { LlamaLoadOptions } from './llama-loader.js';
import type { MockModelOptions } from './mock-text-model.js';

export type EngineConfig = {
  readonly host: string;
  /** 0: any free port; the log says which. */
  readonly port: number;
  readonly servedNames: readonly [string, ...string[]];
  readonly apiKey: string | null;
  readonly queueDepth: number;
  readonly drainTimeoutMs: number;
  readonly engine: LlamaEngine | MockEngine;
};

export type LlamaEngine = LlamaLoadOptions & { readonly type: 'llama' };
export type MockEngine = MockModelOptions & {
  readonly type: 'mock';
  readonly startDelayMs: number;
  /** Exit with this code instead of becoming ready; null: become ready. */
  readonly failStart: number | null;
};

type Environment = Readonly<Record<string, string | undefined>>;

export type ConfigOutcome = { readonly config: EngineConfig } | { readonly usage: string } | 'help';

/** Reads the command line and the environment. `usage`: one line that says what is wrong. */
export function readConfig(argv: readonly string[], env: Environment = process.env): ConfigOutcome {
  try {
    const { values } = parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false });
    return values.help === true ? 'help' : { config: configOf(values, env) };
  } catch (cause) {
    // nothing but wrong options can throw here; Node's advice on positional arguments does not apply
    const { message } = cause as Error;
    return { usage: message.split(/\n|\. To specify/, 1)[0] ?? message };
  }
}

const text = { type: 'string' } as const;

const OPTIONS = {
  engine: { ...text, default: 'llama' },
  model: text,
  'served-model-name': { ...text, multiple: true },
  host: { ...text, default: '127.0.0.1' },
  port: { ...text, default: '8080' },
  'max-model-len': text,
  'max-num-seqs': { ...text, default: '8' },
  'queue-depth': { ...text, default: '256' },
  'drain-timeout-ms': { ...text, default: '30000' },
  threads: text,
  gpu: { ...text, default: 'off' },
  'mock-ttft-ms': { ...text, default: '20' },
  'mock-tokens-per-second': { ...text, default: '100' },
  'mock-error-rate': { ...text, default: '0' },
  'mock-start-delay-ms': { ...text, default: '0' },
  'mock-capacity': { ...text, default: '256' },
  'mock-seed': { ...text, default: '0' },
  'mock-tokens': text,
  'mock-fail-start': text,
  'mock-text': text,
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function configOf(values: Values, env: Environment): EngineConfig {
  const engine = oneOf('engine', values.engine, ['llama', 'mock'] as const) === 'llama' ? llama(values) : mock(values);
  const [first, ...others] = values['served-model-name'] ?? [];
  if (first === '' || others.includes('')) throw new Error('--served-model-name must not be empty');
  return {
    host: values.host,
    port: whole('port', values.port, 0, 65_535),
    servedNames: [first ?? defaultName(engine), ...others],
    apiKey: apiKey(env['SLIPWAY_ENGINE_API_KEY']),
    queueDepth: whole('queue-depth', values['queue-depth'], 0, 100_000),
    drainTimeoutMs: whole('drain-timeout-ms', values['drain-timeout-ms'], 0, 3_600_000),
    engine,
  };
}

function llama(values: Values): LlamaEngine {
  if (values.model === undefined || values.model === '') throw new Error('--model <path.gguf> is required');
  return {
    type: 'llama',
    modelPath: values.model,
    contextTokensMax: optional(values['max-model-len'], (given) => whole('max-model-len', given, 8, 16_777_216)),
    sequences: whole('max-num-seqs', values['max-num-seqs'], 1, 256),
    threads: optional(values.threads, (given) => whole('threads', given, 1, 512)),
    gpu: oneOf('gpu', values.gpu, ['off', 'auto'] as const),
  };
}

const MOCK_CONTEXT_TOKENS = 8_192;

function mock(values: Values): MockEngine {
  const modelLength = optional(values['max-model-len'], (given) => whole('max-model-len', given, 8, 16_777_216));
  return {
    type: 'mock',
    ttftMs: whole('mock-ttft-ms', values['mock-ttft-ms'], 0, 3_600_000),
    tokensPerSecond: fraction('mock-tokens-per-second', values['mock-tokens-per-second'], 1_000_000),
    errorRate: fraction('mock-error-rate', values['mock-error-rate'], 1),
    startDelayMs: whole('mock-start-delay-ms', values['mock-start-delay-ms'], 0, 3_600_000),
    capacity: whole('mock-capacity', values['mock-capacity'], 1, 100_000),
    seed: whole('mock-seed', values['mock-seed'], 0, 2 ** 32 - 1),
    tokens: optional(values['mock-tokens'], (given) => whole('mock-tokens', given, 1, 1_000_000)),
    text: values['mock-text'] ?? null,
    failStart: optional(values['mock-fail-start'], (given) => whole('mock-fail-start', given, 0, 255)),
    contextTokensMax: modelLength ?? MOCK_CONTEXT_TOKENS,
  };
}

function defaultName(engine: LlamaEngine | MockEngine): string {
  return engine.type === 'mock' ? 'mock' : basename(engine.modelPath).replace(/\.gguf$/i, '');
}

/** A key that is set but empty is a mistake that would open the engine to everyone, so it is refused. */
function apiKey(given: string | undefined): string | null {
  if (given === undefined) return null;
  if (/^\S+$/.test(given)) return given;
  throw new Error('SLIPWAY_ENGINE_API_KEY is set but empty or has spaces in it; unset it to run without a key');
}

function optional<T>(given: string | undefined, read: (given: string) => T): T | null {
  return given === undefined ? null : read(given);
}

function whole(name: string, given: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(given) ? Number(given) : NaN;
  if (value >= min && value <= max) return value;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}, not '${given}'`);
}

function fraction(name: string, given: string, max: number): number {
  const value = /^\d*\.?\d+$/.test(given) ? Number(given) : NaN;
  if (value <= max) return value;
  throw new Error(`--${name} must be a number from 0 to ${max}, not '${given}'`);
}

function oneOf<T extends string>(name: string, given: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === given);
  if (found !== undefined) return found;
  throw new Error(`--${name} must be ${allowed.join(' or ')}, not '${given}'`);
}
