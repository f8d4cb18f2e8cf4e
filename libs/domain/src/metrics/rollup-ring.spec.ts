import { metricsWindow, POINTS_PER_SERIES, POINTS_PER_SERIES_MAX, ROLLUP_LEVELS, RollupRing } from './rollup-ring.js';

const [second, ten, minute] = ROLLUP_LEVELS as readonly [(typeof ROLLUP_LEVELS)[0], (typeof ROLLUP_LEVELS)[0], (typeof ROLLUP_LEVELS)[0]];
const sums = (): RollupRing<number> => new RollupRing((a, b) => a + b);

describe('a series in several levels', () => {
  it('holds the same sum in each level', () => {
    const ring = sums();
    for (let atMs = 0; atMs < 120_000; atMs += 500) ring.add(atMs, 1);
    for (const level of ROLLUP_LEVELS) expect(ring.between(level, 60_000, 120_000)).toBe(120);
  });

  it('knows nothing of seconds in which nothing was told', () => {
    const ring = sums();
    ring.add(5_000, 0);
    expect(ring.between(second, 5_000, 6_000)).toBe(0);
    expect(ring.between(second, 6_000, 9_000)).toBeNull();
  });

  it('forgets seconds after ten minutes and keeps what they add up to', () => {
    const ring = sums();
    ring.add(0, 7);
    ring.add(second.retentionMs + 40_000, 1);
    expect(ring.between(second, 0, 1_000)).toBeNull();
    expect(ring.between(ten, 0, 10_000)).toBe(7);
    expect(ring.between(minute, 0, 60_000)).toBe(7);
  });

  it('never holds more than its levels have room for, or their share of it', () => {
    const [whole, tenth] = [sums(), sums()];
    for (let atMs = 0; atMs < 2 * minute.retentionMs; atMs += 1_000) {
      whole.add(atMs, 1);
      tenth.add(atMs, 1, 0.1);
    }
    expect(whole.pointCount).toBeLessThanOrEqual(POINTS_PER_SERIES_MAX);
    expect(tenth.pointCount).toBeLessThanOrEqual(POINTS_PER_SERIES_MAX - 0.9 * POINTS_PER_SERIES);
  });
});

describe('the instants of a range', () => {
  const now = 100_000_000;

  it('are the ends of whole steps', () => {
    expect(metricsWindow(now - 10_000, now + 1_500, 5_000, now).instantsMs).toEqual([now - 5_000, now]);
  });

  it('are read from the coarsest level that is fine enough', () => {
    expect(metricsWindow(now - 60_000, now, 1_000, now).level).toBe(second);
    expect(metricsWindow(now - 60_000, now, 30_000, now).level).toBe(ten);
  });

  it('are further apart than asked for where nothing finer is kept any more', () => {
    const hourAgo = metricsWindow(now - 3_600_000, now, 1_000, now);
    expect([hourAgo.level, hourAgo.stepMs]).toEqual([ten, 10_000]);
    expect(metricsWindow(now - 10 * 3_600_000, now, 1_000, now).stepMs).toBe(60_000);
    expect(metricsWindow(now - 3_600_000, now, 1_000, now, 0.1).stepMs).toBe(60_000);
  });

  it('are multiples of the kept step when the asked one is not', () => {
    const window = metricsWindow(now - 3_600_000, now, 25_000, now);
    expect(window.stepMs).toBe(30_000);
    expect(window.instantsMs.every((instantMs) => instantMs % 30_000 === 0)).toBe(true);
  });
});
