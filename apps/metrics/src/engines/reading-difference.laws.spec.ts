import fc from 'fast-check';
import { totalOf } from '@slipway/domain';
import { readEngine, type EngineReading } from './engine-reading.js';
import { parseSamples } from './prometheus-samples.js';
import { pointBetween } from './reading-difference.js';

const count = fc.integer({ min: 0, max: 1_000_000 });

/** Between two readings an engine counts on, or begins anew and counts from 0. */
const life = fc.array(fc.record({ restarts: fc.boolean(), tokens: count, fast: fc.nat(500), slow: fc.nat(500) }), { minLength: 1, maxLength: 30 });

const page = (tokens: number, fast: number, slow: number): string =>
  `vllm:generation_tokens_total ${tokens}\nvllm:e2e_request_latency_seconds_bucket{le="0.5"} ${fast}\nvllm:e2e_request_latency_seconds_bucket{le="+Inf"} ${fast + slow}`;

describe('counts of an engine that is read again and again', () => {
  it('never fall, and never add up to more than the engine counted, restarts or not', () => {
    fc.assert(
      fc.property(life, (steps) => {
        let earlier: EngineReading = readEngine(parseSamples(page(0, 0, 0)), 0);
        const now = { tokens: 0, fast: 0, slow: 0 };
        const all = { tokens: 0, requests: 0 };
        const seen = { tokens: 0, requests: 0 };
        steps.forEach(({ restarts, tokens, fast, slow }, index) => {
          if (restarts) Object.assign(now, { tokens: 0, fast: 0, slow: 0 });
          Object.assign(now, { tokens: now.tokens + tokens, fast: now.fast + fast, slow: now.slow + slow });
          Object.assign(all, { tokens: all.tokens + tokens, requests: all.requests + fast + slow });
          const later = readEngine(parseSamples(page(now.tokens, now.fast, now.slow)), 5_000 * (index + 1));
          const point = pointBetween(earlier, later, false);
          expect(point.generationTokens).toBeGreaterThanOrEqual(0);
          expect(point.latency.every((each) => each >= 0)).toBe(true);
          Object.assign(seen, { tokens: seen.tokens + (point.generationTokens ?? 0), requests: seen.requests + totalOf(point.latency) });
          earlier = later;
        });
        expect(seen.tokens).toBeLessThanOrEqual(all.tokens);
        expect(seen.requests).toBeLessThanOrEqual(all.requests + 1e-6);
        if (steps.every(({ restarts }) => !restarts)) expect(seen.tokens).toBe(all.tokens);
      }),
    );
  });
});
