import { MetricsBook, NO_LATENCIES, type TrafficReport } from '@slipway/domain';
import { replicaFigures } from './replica-figures.js';

const KEY = { deploymentId: 'd', revisionId: 'r', replicaId: 'd-0', kind: 'served' as const };
const START_MS = 1_800_000_000_000;
const LONG_AGO_MS = START_MS - 60_000;

/** A proxy that tells once a second what is in flight, and how many it has answered; null: it says nothing in that second. */
function told(...seconds: readonly (number | null)[]): { readonly book: MetricsBook; readonly nowMs: number } {
  const book = new MetricsBook();
  seconds.forEach((inFlight, second) => {
    if (inFlight === null) return;
    const counts = { successes: 3 * (second + 1), failures: 0, excluded: 0, failuresInARow: 0, promptTokens: null, completionTokens: null, inFlight };
    const row: TrafficReport['rows'][number] = { ...KEY, ...counts, latency: NO_LATENCIES, timeToFirstToken: NO_LATENCIES, timePerOutputToken: NO_LATENCIES };
    book.takeTraffic({ proxyId: 'p', instanceId: 'i', sequence: second + 1, sentAtMs: 0, rows: [row] }, START_MS + second * 1_000);
  });
  return { book, nowMs: START_MS + seconds.length * 1_000 };
}
const figures = ({ book, nowMs }: ReturnType<typeof told>, readyAtMs = LONG_AGO_MS) => replicaFigures(book, KEY, ['inFlight', 'requestsPerSecond', 'requestsWaiting'], readyAtMs, nowMs);

describe('the figures of a replica', () => {
  it('are the mean of what stood, second by second, over ten seconds: one dip is no lull', () => {
    expect(figures(told(99, 10, 10, 10, 10, 10, 0, 10, 10, 10, 10))).toMatchObject({ inFlight: 9, requestsWaiting: null });
  });

  it('are rates over the same time', () => {
    expect(figures(told(...Array<number>(20).fill(1))).requestsPerSecond).toBeCloseTo(3, 5);
  });

  it('begin when it became ready: the time before says nothing of it', () => {
    const since = told(0, 0, 0, 0, 0, 0, 0, 8, 8, 8);
    expect(figures(since).inFlight).toBeCloseTo(2.4, 5);
    expect(figures(since, since.nowMs - 3_000)).toMatchObject({ inFlight: 8, requestsPerSecond: 3 });
  });

  it('leave out seconds of which nobody knows anything, and are unknown without any other', () => {
    expect(figures(told(4, null, 6, null, 8)).inFlight).toBe(6);
    expect(figures({ book: new MetricsBook(), nowMs: START_MS })).toEqual({ inFlight: null, requestsPerSecond: null, requestsWaiting: null });
  });
});
