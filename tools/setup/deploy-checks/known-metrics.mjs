const REVISION = ['deployment', 'revision'];
const MEASURED = [...REVISION, 'kind'];
const HTTP = ['http_request_method', 'http_response_status_code', 'http_route', 'url_scheme'];

/** What Slipway's processes expose, in Prometheus' form, with the labels of each; `job`, `instance` and `service` come from the scrape. */
export const KNOWN_METRICS = {
  up: [],
  slipway_proxy_requests_total: [...REVISION, 'status'],
  ...histogram('slipway_proxy_request_duration_seconds', REVISION),
  ...histogram('slipway_proxy_time_to_first_byte_seconds', REVISION),
  slipway_proxy_requests_in_flight: REVISION,
  slipway_proxy_retries_total: REVISION,
  slipway_proxy_cut_answers_total: REVISION,
  slipway_proxy_pinned_requests_total: REVISION,
  slipway_proxy_mirrored_requests_total: REVISION,
  slipway_proxy_mirrors_in_flight: [],
  slipway_proxy_dropped_mirrors_total: [],
  slipway_proxy_refused_heads_total: [],
  slipway_proxy_table_position: [],
  slipway_proxy_held_requests: [],
  slipway_proxy_waiting_requests: [],
  slipway_proxy_buffered_bytes: [],
  slipway_traffic_requests_total: [...MEASURED, 'outcome'],
  slipway_traffic_tokens_total: [...MEASURED, 'type'],
  slipway_deployment_replicas_desired: ['deployment'],
  slipway_revision_replicas_ready: REVISION,
  slipway_revision_requests_running: MEASURED,
  slipway_revision_requests_waiting: MEASURED,
  slipway_revision_requests_in_flight: MEASURED,
  slipway_revision_kv_cache_usage_ratio: MEASURED,
  slipway_revision_prefix_cache_hit_ratio: MEASURED,
  slipway_revision_generation_tokens_per_second: MEASURED,
  slipway_revision_time_to_first_token_p95_seconds: MEASURED,
  slipway_revision_memory_used_bytes: MEASURED,
  slipway_metrics_points: [],
  ...histogram('http_server_request_duration_seconds', HTTP),
  ...histogram('graphql_server_operation_duration_seconds', ['graphql_operation_type', 'slipway_subgraph', 'error_type']),
  slipway_projection_lag: [],
  slipway_projection_position: ['projection'],
  slipway_relay_position: [],
  slipway_relay_lag: [],
  slipway_lease_leading_ratio: ['lease'],
  process_memory_usage_bytes: [],
  process_uptime_seconds: [],
  nodejs_eventloop_utilization_ratio: [],
};

export const SCRAPE_LABELS = ['job', 'instance', 'service'];

function histogram(name, labels) {
  return { [`${name}_bucket`]: [...labels, 'le'], [`${name}_sum`]: labels, [`${name}_count`]: labels };
}
