import fc from 'fast-check';
import { initialHealth, judge, type HealthState, type HealthVerdict } from './health-verdict.js';

const check = fc.record({
  path: fc.constant('/health'),
  intervalMs: fc.integer({ min: 1, max: 20_000 }),
  retriesMax: fc.integer({ min: 1, max: 20 }),
  timeoutMs: fc.constant(1000),
  expectedStatus: fc.constant(200),
  initialDelayMs: fc.integer({ min: 0, max: 60_000 }),
});
const probes = fc.array(fc.record({ afterMs: fc.integer({ min: 1, max: 5000 }), fails: fc.boolean() }), { maxLength: 200 });

describe('laws of judging health', () => {
  it('gives each verdict only as news, in an order that makes sense, and none after failed', () => {
    const legal: Record<string, readonly string[]> = { start: ['ready', 'failed'], ready: ['unready'], unready: ['ready', 'failed'], failed: [] };
    fc.assert(
      fc.property(check, probes, (how, history) => {
        let previous = 'start';
        for (const { type } of play(how, history)) {
          expect(legal[previous]).toContain(type);
          previous = type;
        }
      }),
    );
  });

  it('never gives an engine up before its initial delay and all its retries are over', () => {
    fc.assert(
      fc.property(check, probes, (how, history) => {
        let state = initialHealth();
        let nowMs = 0;
        for (const { afterMs } of history) {
          nowMs += afterMs;
          const { verdict, state: next } = judge(state, { sinceStartMs: nowMs, failure: 'no' }, how);
          state = next;
          if (verdict !== null) expect(nowMs).toBeGreaterThan(how.initialDelayMs + (how.retriesMax - 1) * how.intervalMs);
        }
      }),
    );
  });

  it('is ready exactly when the last probe of a living engine went well', () => {
    fc.assert(
      fc.property(check, probes, (how, history) => {
        let state: HealthState = initialHealth();
        let nowMs = 0;
        for (const { afterMs, fails } of history) {
          nowMs += afterMs;
          state = judge(state, { sinceStartMs: nowMs, failure: fails ? 'no' : null }, how).state;
          if (!fails && state.phase !== 'failed') expect(state).toEqual(initialHealth('ready'));
        }
      }),
    );
  });
});

function play(how: Parameters<typeof judge>[2], history: readonly { afterMs: number; fails: boolean }[]): HealthVerdict[] {
  let state = initialHealth();
  let nowMs = 0;
  return history.flatMap(({ afterMs, fails }) => {
    nowMs += afterMs;
    const judged = judge(state, { sinceStartMs: nowMs, failure: fails ? 'no' : null }, how);
    state = judged.state;
    return judged.verdict ?? [];
  });
}
