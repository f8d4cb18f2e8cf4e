import type { EngineMetrics } from './engine-metrics.js';
import type { SlotQueue } from './slot-queue.js';
import { createStopText } from './stop-text.js';
import type { GenerationEnd, GenerationEvent, GenerationOptions, Prompt, TextModel } from './text-model.js';

/** A loaded model with its places, its line of waiters and its figures. */
export type ServingModel = {
  readonly model: TextModel;
  readonly queue: SlotQueue;
  readonly metrics: EngineMetrics;
  /** Tokens held by running sequences, for the cache gauge. */
  readonly held: { tokens: number };
};

export type Answer = {
  readonly prompt: Prompt;
  readonly options: GenerationOptions;
  readonly stop: readonly string[];
  /** `performance.now()` when the request came in. */
  readonly arrivedMs: number;
  /** Whether this answer stands for its prompt in the token counts: one of the `n` answers to each prompt does. */
  readonly countsPrompt: boolean;
};

export type AnswerOutcome =
  | {
      readonly end: GenerationEnd;
      /** All generated tokens, the end token and those of a stop text among them. */
      readonly completionTokens: number;
      readonly cachedTokens: number;
    }
  | 'aborted';

/**
 * Waits for a place, generates one answer and hands its text over in pieces; the next token is not generated before
 * `onText` is done, so a slow reader slows its own answer only. Rejects when the model fails.
 */
export async function generateAnswer(
  serving: ServingModel,
  answer: Answer,
  signal: AbortSignal,
  onText: (text: string) => Promise<void> | void,
): Promise<AnswerOutcome> {
  const { queue, metrics } = serving;
  const queuedMs = performance.now();
  const slot = await queue.acquire(signal);
  metrics.queueTime.observe(secondsSince(queuedMs));
  if (slot === 'aborted') {
    metrics.finished.abort.add(1);
    return 'aborted';
  }
  const usage = { prompt: answer.prompt.tokens.length, cached: 0, completion: 0 };
  serving.held.tokens += usage.prompt;
  if (answer.countsPrompt) metrics.promptTokens.add(usage.prompt);
  try {
    const end = await generateText(serving, answer, usage, signal, onText);
    metrics.endToEnd.observe(secondsSince(answer.arrivedMs));
    metrics.finished[end ?? 'abort'].add(1);
    if (end === null) return 'aborted';
    return { end, completionTokens: usage.completion, cachedTokens: usage.cached };
  } catch (cause) {
    metrics.finished.error.add(1);
    throw cause;
  } finally {
    serving.held.tokens -= usage.prompt + usage.completion;
    slot.release();
  }
}

type Usage = { readonly prompt: number; cached: number; completion: number };

/** Null when the signal aborted. */
async function generateText(
  { model, metrics, held }: ServingModel,
  answer: Answer,
  usage: Usage,
  signal: AbortSignal,
  onText: (text: string) => Promise<void> | void,
): Promise<GenerationEnd | null> {
  const stop = createStopText([...answer.stop, ...(answer.options.guide?.stop ?? [])]);
  let lastMs = answer.arrivedMs;
  const events: AsyncIterable<GenerationEvent> = model.generate(answer.prompt, answer.options, signal);
  for await (const event of events) {
    if (event.type === 'started') {
      usage.cached = event.cachedTokens;
      metrics.prefixQueries.add(usage.prompt);
      metrics.prefixHits.add(usage.cached);
      continue;
    }
    const nowMs = performance.now();
    (usage.completion === 0 ? metrics.timeToFirstToken : metrics.interToken).observe((nowMs - lastMs) / 1000);
    lastMs = nowMs;
    usage.completion++;
    held.tokens++;
    metrics.generatedTokens.add(1);
    const { text, stopped } = stop.push(event.text);
    const rest = event.end !== null && !stopped ? stop.flush() : '';
    if (text !== '' || rest !== '') await onText(text + rest);
    if (signal.aborted) return null;
    if (stopped) return 'stop';
    if (event.end !== null) return event.end;
  }
  return null;
}

function secondsSince(ms: number): number {
  return (performance.now() - ms) / 1000;
}
