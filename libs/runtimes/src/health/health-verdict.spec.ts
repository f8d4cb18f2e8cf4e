import type { HealthCheck } from '@slipway/domain';
import { initialHealth, judge, probeIntervalMs, STARTING_PROBE_INTERVAL_MS, type HealthState, type HealthVerdict } from './health-verdict.js';

const check: HealthCheck = { path: '/health', intervalMs: 1000, retriesMax: 3, timeoutMs: 500, expectedStatus: 200, initialDelayMs: 10_000 };

/** Plays probes at 1-second steps from `fromMs`: `.` is a success, `x` a failure. Returns the verdicts by probe. */
function play(history: string, { fromMs = 0, stepMs = 1000, from = initialHealth() } = {}): { verdicts: (HealthVerdict['type'] | null)[]; state: HealthState } {
  let state = from;
  const verdicts = [...history].map((mark, index) => {
    const judged = judge(state, { sinceStartMs: fromMs + index * stepMs, failure: mark === '.' ? null : 'status 503 instead of 200' }, check);
    state = judged.state;
    return judged.verdict?.type ?? null;
  });
  return { verdicts, state };
}

describe('judging health', () => {
  it('calls a starting engine ready at its first success', () => {
    expect(play('xx..').verdicts).toEqual([null, null, 'ready', null]);
  });

  it('does not count failures of the initial delay', () => {
    expect(play('xxxxxxxxxxx').verdicts).toEqual(Array(11).fill(null));
  });

  it('gives a starting engine up after the retries that follow the initial delay', () => {
    expect(play('xxxx', { fromMs: 10_001 }).verdicts).toEqual([null, null, 'failed', null]);
  });

  it('counts one failure per interval while it probes faster', () => {
    expect(play('xxxxxxxxx', { fromMs: 10_001, stepMs: 250 }).verdicts).toEqual([...Array(8).fill(null), 'failed']);
  });

  it('calls a ready engine unready after as many failures in a row as retries, and ready again at a success', () => {
    expect(play('xx.xxx.', { from: initialHealth('ready') }).verdicts).toEqual([null, null, null, null, null, 'unready', 'ready']);
  });

  it('gives an engine up that stays unready', () => {
    const { verdicts, state } = play('x'.repeat(20), { from: initialHealth('ready') });
    expect(verdicts.indexOf('unready')).toBe(2);
    expect(verdicts.indexOf('failed')).toBe(17);
    expect(state.phase).toBe('failed');
  });

  it('names the last failure in its reason', () => {
    const before: HealthState = { phase: 'ready', failuresInARow: 2, countedAtMs: 0 };
    expect(judge(before, { sinceStartMs: 1, failure: 'ECONNREFUSED' }, check).verdict).toEqual({
      type: 'unready',
      reason: 'became unready after 3 failed checks, the last: ECONNREFUSED',
    });
  });

  it('probes fast until the engine is ready', () => {
    expect(probeIntervalMs(initialHealth(), check)).toBe(STARTING_PROBE_INTERVAL_MS);
    expect(probeIntervalMs(initialHealth('ready'), check)).toBe(1000);
  });
});
