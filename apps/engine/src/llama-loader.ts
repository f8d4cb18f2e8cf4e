import { availableParallelism } from 'node:os';
import { getLlama, LlamaLogLevel, type Llama, type LlamaModel } from 'node-llama-cpp';
import { inspectGgufFile, type LoadFailure } from './gguf-file.js';
import { createLlamaTextModel } from './llama-text-model.js';
import type { TextModel } from './text-model.js';

export type LlamaLoadOptions = {
  readonly modelPath: string;
  /** Null: the smaller of what the model was trained on and `CONTEXT_TOKENS_DEFAULT_MAX`. */
  readonly contextTokensMax: number | null;
  readonly sequences: number;
  /** Null: see `defaultThreads`. */
  readonly threads: number | null;
  readonly gpu: 'off' | 'auto';
};

export type LoadOutcome = { readonly model: TextModel } | { readonly failure: LoadFailure };

/** The key-value cache is allocated for every sequence at full length, so long contexts have to be asked for. */
export const CONTEXT_TOKENS_DEFAULT_MAX = 4_096;

/** Loads a GGUF file. Every reason why it cannot be served is a value with one line that names the file. */
export async function loadLlamaModel(options: LlamaLoadOptions): Promise<LoadOutcome> {
  const file = await inspectGgufFile(options.modelPath);
  if ('failure' in file) return file;
  const threads = options.threads ?? defaultThreads(file.sizeBytes);
  const complaints: string[] = [];
  const llama = await startLlama(options, threads, complaints);
  if ('failure' in llama) return llama;
  try {
    const cpuOnly = options.gpu === 'off' ? { gpuLayers: 0 } : {};
    const model = await llama.loadModel({ modelPath: options.modelPath, ...cpuOnly });
    return await openContexts(model, options, threads);
  } catch (cause) {
    return { failure: { kind: 'unreadable', message: unreadable(options.modelPath, cause, complaints) } };
  }
}

/**
 * Half the logical processors, 1 to 8; but 1 for files under 64 MiB. llama.cpp's threads wait for each other in busy
 * loops after every layer: on a machine with 2 processors a tiny model made 2,300 tokens/s with 1 thread, 60 with 2.
 */
export function defaultThreads(modelSizeBytes: number, processors = availableParallelism()): number {
  if (modelSizeBytes < 64 * 1024 * 1024) return 1;
  return Math.min(8, Math.max(1, Math.floor(processors / 2)));
}

async function startLlama(
  { gpu, modelPath }: LlamaLoadOptions,
  threads: number,
  complaints: string[],
): Promise<Llama | { failure: LoadFailure }> {
  const logger = (level: LlamaLogLevel, message: string) => {
    if (level === LlamaLogLevel.error || level === LlamaLogLevel.fatal) complaints.push(message.trim());
  };
  try {
    const prebuilt = { build: 'never', skipDownload: true } as const; // never a compiler, never the network
    return await getLlama({ gpu: gpu === 'off' ? false : 'auto', ...prebuilt, maxThreads: threads, logger });
  } catch (cause) {
    const message = `cannot load ${modelPath}: no llama.cpp binary runs on this machine: ${firstLine(cause)}`;
    return { failure: { kind: 'usage', message } };
  }
}

async function openContexts(model: LlamaModel, options: LlamaLoadOptions, threads: number): Promise<LoadOutcome> {
  const trained = model.trainContextSize;
  const contextTokensMax = options.contextTokensMax ?? Math.min(trained, CONTEXT_TOKENS_DEFAULT_MAX);
  if (contextTokensMax > trained) {
    const message = `--max-model-len ${contextTokensMax} is more than the ${trained} tokens ${options.modelPath} was trained on`;
    return { failure: { kind: 'usage', message } };
  }
  const size = { contextSize: contextTokensMax, threads };
  if (isEmbeddingModel(model)) {
    const embedding = await model.createEmbeddingContext(size);
    return { model: createLlamaTextModel({ model, context: null, embedding, contextTokensMax }) };
  }
  const context = await model.createContext({ ...size, sequences: options.sequences });
  return { model: createLlamaTextModel({ model, context, embedding: null, contextTokensMax }) };
}

/** A model made for embeddings names how it pools its tokens' vectors: 1 mean, 2 first token, 3 last token. */
function isEmbeddingModel(model: LlamaModel): boolean {
  const pooling = (model.fileInfo.architectureMetadata as { pooling_type?: unknown }).pooling_type;
  return pooling === 1 || pooling === 2 || pooling === 3;
}

/** llama.cpp says why in its log; the exception only says that it failed. */
function unreadable(path: string, cause: unknown, complaints: readonly string[]): string {
  const telling = complaints.find((line) => line.includes('error loading model:')) ?? complaints[0];
  const why = telling?.replace(/^.*error loading model: /, '') ?? `its header is corrupt (${firstLine(cause)})`;
  return `cannot load ${path}: ${why.split('\n')[0] ?? why}`;
}

function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split('\n')[0] ?? text;
}
