import { createMetricsText } from './prometheus-text.js';

describe('metrics text', () => {
  it('is what Prometheus reads', () => {
    const text = createMetricsText({ model_name: 'a"b\\c\nd' });
    const stop = text.counter('vllm:request_success_total', 'Ended.', { finished_reason: 'stop' });
    text.counter('vllm:request_success_total', 'Ended.', { finished_reason: 'length' });
    text.gauge('vllm:num_requests_running', 'Running.', () => 3);
    const histogram = text.histogram('vllm:time_to_first_token_seconds', 'First.', [0.1, 1]);
    stop.add(2);
    for (const seconds of [0.05, 0.1, 0.5, 7]) histogram.observe(seconds);
    const name = 'model_name="a\\"b\\\\c\\nd"';
    expect(text.render().split('\n')).toEqual([
      '# HELP vllm:request_success_total Ended.',
      '# TYPE vllm:request_success_total counter',
      `vllm:request_success_total{${name},finished_reason="stop"} 2`,
      `vllm:request_success_total{${name},finished_reason="length"} 0`,
      '# HELP vllm:num_requests_running Running.',
      '# TYPE vllm:num_requests_running gauge',
      `vllm:num_requests_running{${name}} 3`,
      '# HELP vllm:time_to_first_token_seconds First.',
      '# TYPE vllm:time_to_first_token_seconds histogram',
      `vllm:time_to_first_token_seconds_bucket{${name},le="0.1"} 2`,
      `vllm:time_to_first_token_seconds_bucket{${name},le="1"} 3`,
      `vllm:time_to_first_token_seconds_bucket{${name},le="+Inf"} 4`,
      `vllm:time_to_first_token_seconds_sum{${name}} 7.65`,
      `vllm:time_to_first_token_seconds_count{${name}} 4`,
      '',
    ]);
  });
});
