import { ProxyMetrics } from './proxy-metrics.js';
import { prometheusText } from './prometheus-text.js';
import { routeTo } from './testing/table-fixtures.js';

const GAUGES = { position: 12, inFlight: 1, waiting: 2, bufferedBytes: 3, droppedMirrors: 4, mirrorsInFlight: 5 };

describe('metrics', () => {
  it('count by deployment, revision and status class, with cumulative buckets', () => {
    const metrics = new ProxyMetrics(10);
    metrics.adopt([routeTo([])]);
    metrics.of('rev-1').countRequest(200, 7, 'chat');
    metrics.of('rev-1').countStream(30, 'chat');
    metrics.of('rev-1').countRequest(503, 700_000, 'embeddings');
    metrics.of('unknown').countRequest(401, 1, 'chat');
    const text = prometheusText(metrics, GAUGES);
    const labels = 'deployment="default/tiny",revision="rev-1"';
    expect(text).toContain(`slipway_proxy_requests_total{${labels},status="2xx"} 1`);
    expect(text).toContain(`slipway_proxy_requests_total{deployment="",revision="",status="4xx"} 1`);
    expect(text).toContain(`slipway_proxy_request_duration_seconds_bucket{${labels},le="0.005"} 0`);
    expect(text).toContain(`slipway_proxy_request_duration_seconds_bucket{${labels},le="0.01"} 1`);
    expect(text).toContain(`slipway_proxy_request_duration_seconds_bucket{${labels},le="600"} 1`);
    expect(text).toContain(`slipway_proxy_request_duration_seconds_bucket{${labels},le="+Inf"} 2`);
    expect(text).toContain(`slipway_proxy_request_duration_seconds_sum{${labels}} 700.007`);
    expect(text).toContain('slipway_proxy_table_position 12');
    const model = `gen_ai_provider_name="slipway",gen_ai_request_model="tiny",${labels}`;
    expect(text).toContain(`gen_ai_server_request_duration_seconds_count{gen_ai_operation_name="chat",${model}} 1`);
    expect(text).toContain(`gen_ai_server_request_duration_seconds_sum{gen_ai_operation_name="embeddings",${model},error_type="_OTHER"} 700`);
    expect(text).toContain(`gen_ai_server_time_to_first_token_seconds_bucket{gen_ai_operation_name="chat",${model},le="0.05"} 1`);
  });

  it('are whole lines of the exposition format', () => {
    const metrics = new ProxyMetrics(10);
    metrics.adopt([routeTo([], { name: 'we"ird\\\n' })]);
    metrics.of('rev-1').countRequest(200, 7, 'chat');
    for (const line of prometheusText(metrics, GAUGES).trimEnd().split('\n'))
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) .+|[a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? \S+)$/);
  });

  it('keep a bounded number of series: the oldest without requests makes room', () => {
    const metrics = new ProxyMetrics(2);
    const routeOf = (revisionId: string) => routeTo([], { revisions: [{ revisionId, weightPercent: 100, replicas: [] }] });
    metrics.adopt([routeOf('a')]);
    metrics.of('a').inFlight = 1;
    metrics.adopt([routeOf('b')]);
    metrics.adopt([routeOf('c')]);
    expect([...metrics.all()].map(({ revisionId }) => revisionId)).toEqual(['', 'a', 'c']);
  });
});
