import { createMetricsText, type Counter, type Histogram } from './prometheus-text.js';

/** What is read when somebody scrapes. */
export type EngineGauges = {
  readonly running: () => number;
  readonly waiting: () => number;
  /** Share of the key-value cache held by running sequences, 0..1. */
  readonly cacheUsage: () => number;
};

export type FinishedReason = 'stop' | 'length' | 'abort' | 'error';

export type EngineMetrics = {
  readonly promptTokens: Counter;
  readonly generatedTokens: Counter;
  readonly prefixQueries: Counter;
  readonly prefixHits: Counter;
  readonly finished: Readonly<Record<FinishedReason, Counter>>;
  readonly timeToFirstToken: Histogram;
  readonly interToken: Histogram;
  readonly endToEnd: Histogram;
  readonly queueTime: Histogram;
  render(): string;
};

const FIRST_TOKEN_BOUNDS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const INTER_TOKEN_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
const REQUEST_BOUNDS = [0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480];

/** Under vLLM's names, so that whatever scrapes a vLLM scrapes this engine. Counts are per answer (`n` choices: n). */
export function createEngineMetrics(modelName: string, gauges: EngineGauges): EngineMetrics {
  const text = createMetricsText({ model_name: modelName, engine: '0' });
  const finished = (reason: FinishedReason) =>
    text.counter('vllm:request_success_total', 'Answers that ended, by reason.', { finished_reason: reason });

  text.gauge('vllm:num_requests_running', 'Answers being generated.', gauges.running);
  text.gauge('vllm:num_requests_waiting', 'Answers waiting for a sequence.', gauges.waiting);
  text.gauge('vllm:kv_cache_usage_perc', 'Share of the key-value cache in use, 1 is all.', gauges.cacheUsage);
  text.gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  return {
    promptTokens: text.counter('vllm:prompt_tokens_total', 'Prompt tokens of started requests.'),
    generatedTokens: text.counter('vllm:generation_tokens_total', 'Tokens generated.'),
    prefixQueries: text.counter('vllm:prefix_cache_queries_total', 'Prompt tokens looked up in the prefix cache.'),
    prefixHits: text.counter('vllm:prefix_cache_hits_total', 'Prompt tokens found in the prefix cache.'),
    finished: {
      stop: finished('stop'),
      length: finished('length'),
      abort: finished('abort'),
      error: finished('error'),
    },
    timeToFirstToken: text.histogram(
      'vllm:time_to_first_token_seconds',
      'From arrival to the first token.',
      FIRST_TOKEN_BOUNDS,
    ),
    interToken: text.histogram(
      'vllm:inter_token_latency_seconds',
      'Between two tokens of an answer.',
      INTER_TOKEN_BOUNDS,
    ),
    endToEnd: text.histogram('vllm:e2e_request_latency_seconds', 'From arrival to the last token.', REQUEST_BOUNDS),
    queueTime: text.histogram('vllm:request_queue_time_seconds', 'Waiting for a sequence.', REQUEST_BOUNDS),
    render: () => text.render(),
  };
}
