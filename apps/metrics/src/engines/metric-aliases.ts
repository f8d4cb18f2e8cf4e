/** How samples of one name with different labels (data-parallel engines, models, reasons) become one. */
export type Fold = 'sum' | 'max' | 'mean';

export type Alias = {
  /** Which engine says it so; for the reader. */
  readonly engine: 'vLLM' | 'vLLM, old' | 'SGLang' | 'SGLang, old' | 'TGI' | 'llama.cpp' | 'llama.cpp, old' | 'NIM' | 'TensorRT-LLM' | 'Triton' | 'any';
  readonly name: string;
  /** Only samples whose label has one of these values. */
  readonly where?: { readonly label: string; readonly values: readonly string[] };
};

export type CounterName = 'promptTokens' | 'generationTokens' | 'prefixQueries' | 'prefixHits' | 'successes' | 'failures';
export type GaugeName =
  | 'requestsRunning'
  | 'requestsWaiting'
  | 'kvCacheUsage'
  | 'prefixCacheHitRate'
  | 'generationTokensPerSecond'
  | 'gpuUtilization'
  | 'gpuMemoryUsedBytes'
  | 'memoryUsedBytes';
export type HistogramName = 'latency' | 'timeToFirstToken' | 'timePerOutputToken';

/** For each signal the names it goes by; the first that a page has is taken. Counters are found with and without `_total`. */
export const COUNTERS: Readonly<Record<CounterName, readonly Alias[]>> = {
  promptTokens: [
    { engine: 'vLLM', name: 'vllm:prompt_tokens_total' },
    { engine: 'SGLang', name: 'sglang:prompt_tokens_total' },
    { engine: 'TGI', name: 'tgi_request_input_length_sum' },
    { engine: 'llama.cpp', name: 'llamacpp:prompt_tokens_total' },
    { engine: 'NIM', name: 'prompt_tokens_total' },
  ],
  generationTokens: [
    { engine: 'vLLM', name: 'vllm:generation_tokens_total' },
    { engine: 'SGLang', name: 'sglang:generation_tokens_total' },
    { engine: 'TGI', name: 'tgi_request_generated_tokens_sum' },
    { engine: 'llama.cpp', name: 'llamacpp:tokens_predicted_total' },
    { engine: 'NIM', name: 'generation_tokens_total' },
  ],
  prefixQueries: [
    { engine: 'vLLM', name: 'vllm:prefix_cache_queries_total' },
    { engine: 'vLLM, old', name: 'vllm:gpu_prefix_cache_queries_total' },
    { engine: 'SGLang', name: 'sglang:prompt_tokens_total' },
  ],
  prefixHits: [
    { engine: 'vLLM', name: 'vllm:prefix_cache_hits_total' },
    { engine: 'vLLM, old', name: 'vllm:gpu_prefix_cache_hits_total' },
    { engine: 'SGLang', name: 'sglang:cached_tokens_total' },
  ],
  // Aborted requests are neither: their clients left.
  successes: [
    { engine: 'vLLM', name: 'vllm:request_success_total', where: { label: 'finished_reason', values: ['stop', 'length'] } },
    { engine: 'SGLang', name: 'sglang:num_requests_total' },
    { engine: 'TGI', name: 'tgi_request_success' },
    { engine: 'NIM', name: 'request_success_total' },
    { engine: 'TensorRT-LLM', name: 'trtllm_request_success_total' },
    { engine: 'Triton', name: 'nv_inference_request_success' },
  ],
  failures: [
    { engine: 'vLLM', name: 'vllm:request_success_total', where: { label: 'finished_reason', values: ['error'] } },
    { engine: 'TGI', name: 'tgi_request_failure' },
    { engine: 'Triton', name: 'nv_inference_request_failure' },
  ],
};

/** Shares are 0 to 1 in all of them, also where the name says `perc`. */
export const GAUGES: Readonly<Record<GaugeName, { readonly fold: Fold; readonly aliases: readonly Alias[] }>> = {
  requestsRunning: {
    fold: 'sum',
    aliases: [
      { engine: 'vLLM', name: 'vllm:num_requests_running' },
      { engine: 'SGLang', name: 'sglang:num_running_reqs' },
      { engine: 'TGI', name: 'tgi_batch_current_size' },
      { engine: 'llama.cpp', name: 'llamacpp:requests_processing' },
      { engine: 'NIM', name: 'num_requests_running' },
    ],
  },
  requestsWaiting: {
    fold: 'sum',
    aliases: [
      { engine: 'vLLM', name: 'vllm:num_requests_waiting' },
      { engine: 'vLLM', name: 'vllm:num_requests_waiting_by_reason' },
      { engine: 'SGLang', name: 'sglang:num_queue_reqs' },
      { engine: 'TGI', name: 'tgi_queue_size' },
      { engine: 'llama.cpp', name: 'llamacpp:requests_deferred' },
      { engine: 'NIM', name: 'num_requests_waiting' },
      { engine: 'Triton', name: 'nv_inference_pending_request_count' },
    ],
  },
  kvCacheUsage: {
    fold: 'max',
    aliases: [
      { engine: 'vLLM', name: 'vllm:kv_cache_usage_perc' },
      { engine: 'vLLM, old', name: 'vllm:gpu_cache_usage_perc' },
      { engine: 'SGLang', name: 'sglang:token_usage' },
      { engine: 'llama.cpp, old', name: 'llamacpp:kv_cache_usage_ratio' },
      { engine: 'NIM', name: 'gpu_cache_usage_perc' },
      { engine: 'TensorRT-LLM', name: 'trtllm_kv_cache_utilization' },
    ],
  },
  prefixCacheHitRate: {
    fold: 'mean',
    aliases: [
      { engine: 'SGLang', name: 'sglang:cache_hit_rate' },
      { engine: 'TensorRT-LLM', name: 'trtllm_kv_cache_hit_rate' },
    ],
  },
  generationTokensPerSecond: {
    fold: 'sum',
    aliases: [
      { engine: 'SGLang', name: 'sglang:gen_throughput' },
      { engine: 'llama.cpp', name: 'llamacpp:predicted_tokens_seconds' },
    ],
  },
  gpuUtilization: { fold: 'mean', aliases: [{ engine: 'Triton', name: 'nv_gpu_utilization' }] },
  gpuMemoryUsedBytes: { fold: 'sum', aliases: [{ engine: 'Triton', name: 'nv_gpu_memory_used_bytes' }] },
  memoryUsedBytes: { fold: 'sum', aliases: [{ engine: 'any', name: 'process_resident_memory_bytes' }] },
};

/** All in seconds. */
export const HISTOGRAMS: Readonly<Record<HistogramName, readonly Alias[]>> = {
  latency: [
    { engine: 'vLLM', name: 'vllm:e2e_request_latency_seconds' },
    { engine: 'SGLang', name: 'sglang:e2e_request_latency_seconds' },
    { engine: 'TGI', name: 'tgi_request_duration' },
    { engine: 'NIM', name: 'e2e_request_latency_seconds' },
    { engine: 'TensorRT-LLM', name: 'trtllm_e2e_request_latency_seconds' },
  ],
  timeToFirstToken: [
    { engine: 'vLLM', name: 'vllm:time_to_first_token_seconds' },
    { engine: 'SGLang', name: 'sglang:time_to_first_token_seconds' },
    { engine: 'NIM', name: 'time_to_first_token_seconds' },
    { engine: 'TensorRT-LLM', name: 'trtllm_time_to_first_token_seconds' },
  ],
  timePerOutputToken: [
    { engine: 'vLLM', name: 'vllm:request_time_per_output_token_seconds' },
    { engine: 'vLLM', name: 'vllm:inter_token_latency_seconds' },
    { engine: 'vLLM, old', name: 'vllm:time_per_output_token_seconds' },
    { engine: 'SGLang', name: 'sglang:inter_token_latency_seconds' },
    { engine: 'SGLang, old', name: 'sglang:time_per_output_token_seconds' },
    { engine: 'TGI', name: 'tgi_request_mean_time_per_token_duration' },
    { engine: 'NIM', name: 'time_per_output_token_seconds' },
    { engine: 'TensorRT-LLM', name: 'trtllm_time_per_output_token_seconds' },
  ],
};
