import { totalOf, quantile } from '@slipway/domain';
import { ENGINE_PAGES } from '../testing/engine-pages.js';
import { readEngine, type EngineReading } from './engine-reading.js';
import { parseSamples } from './prometheus-samples.js';
import { pointBetween } from './reading-difference.js';

const read = (text: string, atMs = 0): EngineReading => readEngine(parseSamples(text), atMs);

describe('an exposition', () => {
  it('is read with labels, escapes, timestamps, exemplars and numbers of every spelling', () => {
    const text = ['# EOF', 'a 1', 'b{x="1",y="a\\"b\\\\\\n}"} 2.5e3 1700000000', 'c_bucket{le="+Inf"} 7 # {trace_id="z"} 0.5 1.0', 'd{} NaN', 'e +Inf', 'f -Inf', 'g{x="1",} 3', '{broken', 'h{x=1} 2', ''].join('\n');
    expect(parseSamples(text)).toEqual([
      { name: 'a', labels: {}, value: 1 },
      { name: 'b', labels: { x: '1', y: 'a"b\\\n}' }, value: 2_500 },
      { name: 'c_bucket', labels: { le: '+Inf' }, value: 7 },
      { name: 'e', labels: {}, value: Infinity },
      { name: 'f', labels: {}, value: -Infinity },
      { name: 'g', labels: { x: '1' }, value: 3 },
    ]);
  });
});

describe('what engines tell', () => {
  it('is found under vLLM’s names: sums over data-parallel engines, the fullest cache', () => {
    const { gauges, counters, histograms } = read(ENGINE_PAGES.vllm);
    expect(gauges).toMatchObject({ requestsRunning: 7, requestsWaiting: 1, kvCacheUsage: 0.75, prefixCacheHitRate: null, gpuUtilization: null });
    expect(counters).toEqual({ promptTokens: 1_500, generationTokens: 200, prefixQueries: 1_500, prefixHits: 600, successes: 10, failures: 1 });
    expect(histograms.timeToFirstToken).toEqual({ boundsMs: [100, 200, Infinity], counts: [4, 6, 0] });
    expect(histograms.latency).toBeNull();
  });

  it.each([
    ['older vLLM', ENGINE_PAGES.vllmOld, { requestsRunning: 2, requestsWaiting: null, kvCacheUsage: 0.5 }, { prefixQueries: 100, prefixHits: 40, promptTokens: null }],
    ['SGLang', ENGINE_PAGES.sglang, { requestsRunning: 6, requestsWaiting: 2, kvCacheUsage: 0.31, prefixCacheHitRate: 0.4 }, { generationTokens: 7_557_572, successes: 77, failures: null }],
    ['TGI', ENGINE_PAGES.tgi, { requestsRunning: 8, requestsWaiting: 4, kvCacheUsage: null }, { promptTokens: 12_345, generationTokens: 6_789, successes: 90, failures: 4 }],
    ['llama.cpp', ENGINE_PAGES.llamaCpp, { requestsRunning: 1, requestsWaiting: 2, kvCacheUsage: null, generationTokensPerSecond: 27.8 }, { promptTokens: 120, generationTokens: 340 }],
    ['NIM', ENGINE_PAGES.nim, { requestsRunning: 5, requestsWaiting: 6, kvCacheUsage: 0.9 }, { promptTokens: 10, generationTokens: 20, successes: 3 }],
    ['TensorRT-LLM', ENGINE_PAGES.tensorRtLlm, { requestsRunning: null, kvCacheUsage: 0.6, prefixCacheHitRate: 0.2 }, { successes: 12, promptTokens: null }],
    ['Triton', ENGINE_PAGES.triton, { requestsWaiting: 7, gpuMemoryUsedBytes: 1_500_000_000, requestsRunning: null }, { successes: 34, failures: 1 }],
  ])('is found under the names of %s, and what it does not tell is unknown', (_engine, text, gauges, counters) => {
    const reading = read(text);
    expect(reading.gauges).toMatchObject(gauges);
    expect(reading.counters).toMatchObject(counters);
  });

  it('is unknown altogether on an empty page', () => {
    const { gauges, counters, histograms } = read('');
    expect([...Object.values(gauges), ...Object.values(counters), ...Object.values(histograms)].every((value) => value === null)).toBe(true);
  });

  it('is found with `_total` left out and with it added', () => {
    expect(read('vllm:prompt_tokens 5').counters.promptTokens).toBe(5);
    expect(read('tgi_request_success_total 6').counters.successes).toBe(6);
  });
});

describe('what came between two readings', () => {
  const counted = (tokens: number, fast: number, atMs: number): EngineReading =>
    read(`vllm:generation_tokens_total ${tokens}\nvllm:time_to_first_token_seconds_bucket{le="0.1"} ${fast}\nvllm:time_to_first_token_seconds_bucket{le="+Inf"} ${fast}\nvllm:num_requests_running 2`, atMs);

  it('is nothing but gauges at the first: what was counted before is of no known time', () => {
    const point = pointBetween(null, counted(900, 50, 1_000), false);
    expect(point).toMatchObject({ coveredMs: 0, generationTokens: null, gauges: { requestsRunning: 2 } });
    expect(totalOf(point.timeToFirstToken)).toBe(0);
  });

  it('is the difference of counts and of buckets', () => {
    const point = pointBetween(counted(900, 50, 1_000), counted(950, 53, 6_000), false);
    expect(point).toMatchObject({ coveredMs: 5_000, generationTokens: 50 });
    expect(totalOf(point.timeToFirstToken)).toBeCloseTo(3);
    expect(quantile(point.timeToFirstToken, 0.99)).toBeLessThanOrEqual(100 * Math.SQRT2);
  });

  it('is all an engine counts that has begun anew, seen by a count that fell or known from its launch', () => {
    expect(pointBetween(counted(900, 50, 0), counted(30, 2, 5_000), false).generationTokens).toBe(30);
    const relaunched = pointBetween(counted(10, 1, 0), counted(30, 2, 5_000), true);
    expect(relaunched.generationTokens).toBe(30);
    expect(totalOf(relaunched.timeToFirstToken)).toBeCloseTo(2);
  });
});
