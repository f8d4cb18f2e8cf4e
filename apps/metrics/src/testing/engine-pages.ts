/** Pages as the engines' sources and documentation have them, shortened; `kv` and the like are the values a reader must find. */
export const ENGINE_PAGES = {
  vllm: `# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_running{engine="1",model_name="m"} 4.0
vllm:num_requests_waiting{engine="0",model_name="m"} 1.0
vllm:num_requests_waiting{engine="1",model_name="m"} 0.0
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.75
# TYPE vllm:prompt_tokens counter
vllm:prompt_tokens_total{engine="0",model_name="m"} 1000.0
vllm:prompt_tokens_total{engine="1",model_name="m"} 500.0
vllm:prompt_tokens_created{engine="0",model_name="m"} 1.7e+09
vllm:generation_tokens_total{engine="0",model_name="m"} 200.0
vllm:prefix_cache_queries_total{engine="0",model_name="m"} 1500.0
vllm:prefix_cache_hits_total{engine="0",model_name="m"} 600.0
vllm:request_success_total{engine="0",finished_reason="stop",model_name="m"} 8.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="m"} 2.0
vllm:request_success_total{engine="0",finished_reason="abort",model_name="m"} 5.0
vllm:request_success_total{engine="0",finished_reason="error",model_name="m"} 1.0
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.1",model_name="m"} 4.0
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.2",model_name="m"} 10.0
vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="m"} 10.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="m"} 10.0
vllm:time_to_first_token_seconds_sum{engine="0",model_name="m"} 1.2
`,
  vllmOld: `vllm:num_requests_running{model_name="m"} 2.0
vllm:gpu_cache_usage_perc{model_name="m"} 0.5
vllm:gpu_prefix_cache_queries_total{model_name="m"} 100.0
vllm:gpu_prefix_cache_hits_total{model_name="m"} 40.0
vllm:time_per_output_token_seconds_bucket{le="0.05",model_name="m"} 7.0
vllm:time_per_output_token_seconds_bucket{le="+Inf",model_name="m"} 7.0
`,
  sglang: `sglang:num_running_reqs{model_name="m",tp_rank="0"} 6.0
sglang:num_queue_reqs{model_name="m",tp_rank="0"} 2.0
sglang:token_usage{model_name="m",tp_rank="0"} 0.31
sglang:cache_hit_rate{model_name="m",tp_rank="0"} 0.4
sglang:gen_throughput{model_name="m",tp_rank="0"} 86.5
sglang:prompt_tokens_total{model_name="m"} 8128902.0
sglang:cached_tokens_total{model_name="m"} 400.0
sglang:generation_tokens_total{model_name="m"} 7557572.0
sglang:num_requests_total{model_name="m"} 77.0
sglang:e2e_request_latency_seconds_bucket{le="1.0",model_name="m"} 5.0
sglang:e2e_request_latency_seconds_bucket{le="+Inf",model_name="m"} 6.0
`,
  tgi: `# TYPE tgi_queue_size gauge
tgi_queue_size 4
tgi_batch_current_size 8
tgi_request_success{method="generate"} 90
tgi_request_failure{err="validation"} 3
tgi_request_failure{err="generation"} 1
tgi_request_input_length_sum 12345
tgi_request_input_length_count 94
tgi_request_generated_tokens_sum 6789
tgi_request_duration_bucket{le="1.5"} 60
tgi_request_duration_bucket{le="+Inf"} 94
tgi_request_mean_time_per_token_duration_bucket{le="0.0075"} 94
tgi_request_mean_time_per_token_duration_bucket{le="+Inf"} 94
`,
  llamaCpp: `# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed.
# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total 120
llamacpp:tokens_predicted_total 340
llamacpp:predicted_tokens_seconds 27.8
llamacpp:requests_processing 1
llamacpp:requests_deferred 2
`,
  nim: `num_requests_running{model_name="m"} 5.0
num_requests_waiting{model_name="m"} 6.0
gpu_cache_usage_perc{model_name="m"} 0.9
prompt_tokens_total{model_name="m"} 10.0
generation_tokens_total{model_name="m"} 20.0
request_success_total{finished_reason="stop",model_name="m"} 3.0
time_to_first_token_seconds_bucket{le="0.5",model_name="m"} 3.0
time_to_first_token_seconds_bucket{le="+Inf",model_name="m"} 3.0
`,
  tensorRtLlm: `trtllm_request_success_total{model_name="m"} 12
trtllm_kv_cache_utilization{model_name="m"} 0.6
trtllm_kv_cache_hit_rate{model_name="m"} 0.2
trtllm_e2e_request_latency_seconds_bucket{le="2.0",model_name="m"} 12
trtllm_e2e_request_latency_seconds_bucket{le="+Inf",model_name="m"} 12
`,
  triton: `nv_inference_request_success{model="a",version="1"} 30
nv_inference_request_success{model="b",version="1"} 4
nv_inference_request_failure{model="a",reason="OTHER",version="1"} 1
nv_inference_pending_request_count{model="a",version="1"} 7
nv_gpu_utilization{gpu_uuid="GPU-1"} 0.8
nv_gpu_utilization{gpu_uuid="GPU-2"} 0.4
nv_gpu_memory_used_bytes{gpu_uuid="GPU-1"} 1000000000.000000
nv_gpu_memory_used_bytes{gpu_uuid="GPU-2"} 500000000.000000
`,
} as const;
