import { EMPTY_SAMPLE, type TrafficSample } from '../analysis/measurement.js';
import { addLatencies, subtractLatencies } from './latency-counts.js';
import { TrafficIncreases, type TrafficIncrease } from './traffic-increases.js';
import type { TrafficReport } from './traffic-report.js';

/** Of revisions with totals; beyond it the one that went longest without a request is forgotten and would begin again at 0. */
export const REVISIONS_TOTALLED_MAX = 10_000;

/**
 * What each revision served, over all proxies and replicas, since we began to listen. Copies of requests are not counted. Totals
 * never fall while we live; the difference of two is what was served in between.
 */
export class TrafficTotals {
  readonly #increases = new TrafficIncreases();
  readonly #totals = new Map<string, TrafficSample>();

  /** `nowMs` tells how long proxies have been silent; the time a report was sent will do where no clock is at hand. */
  take(report: TrafficReport, nowMs: number = report.sentAtMs): void {
    const served = this.#increases.take(report, nowMs).filter((increase) => increase.kind === 'served');
    for (const [revisionId, increases] of byRevision(served)) {
      const total = totalWith(this.sampleOf(revisionId), increases);
      this.#totals.delete(revisionId); // the map's order is the order of the latest requests
      this.#totals.set(revisionId, total);
    }
    while (this.#totals.size > REVISIONS_TOTALLED_MAX) {
      const [longestUnasked] = this.#totals.keys();
      if (longestUnasked !== undefined) this.#totals.delete(longestUnasked);
    }
  }

  /** Totals so far; of a revision that nobody asked for anything: zeros. */
  sampleOf(revisionId: string): TrafficSample {
    return this.#totals.get(revisionId) ?? EMPTY_SAMPLE;
  }
}

/** What was served between two totals of one revision. */
export const subtractSamples = (later: TrafficSample, earlier: TrafficSample): TrafficSample => ({
  successes: Math.max(0, later.successes - earlier.successes),
  failures: Math.max(0, later.failures - earlier.failures),
  failuresInARow: later.failuresInARow,
  latency: subtractLatencies(later.latency, earlier.latency),
  timeToFirstToken: subtractLatencies(later.timeToFirstToken, earlier.timeToFirstToken),
  timePerOutputToken: subtractLatencies(later.timePerOutputToken, earlier.timePerOutputToken),
});

function byRevision(increases: readonly TrafficIncrease[]): ReadonlyMap<string, readonly TrafficIncrease[]> {
  const grouped = new Map<string, TrafficIncrease[]>();
  for (const increase of increases) {
    const group = grouped.get(increase.revisionId);
    if (group === undefined) grouped.set(increase.revisionId, [increase]);
    else group.push(increase);
  }
  return grouped;
}

function totalWith(total: TrafficSample, increases: readonly TrafficIncrease[]): TrafficSample {
  return increases.reduce(
    (sum, increase) => ({
      successes: sum.successes + increase.successes,
      failures: sum.failures + increase.failures,
      failuresInARow: sum.failuresInARow,
      latency: addLatencies(sum.latency, increase.latency),
      timeToFirstToken: addLatencies(sum.timeToFirstToken, increase.timeToFirstToken),
      timePerOutputToken: addLatencies(sum.timePerOutputToken, increase.timePerOutputToken),
    }),
    { ...total, failuresInARow: failuresInARow(total, increases) },
  );
}

/**
 * The order of requests at different replicas is not told, so this is what it is at least: a report without a success goes on
 * where the one before ended; with successes, the last of them was at one of the replicas that had some, and what failed there after it came later.
 */
function failuresInARow(total: TrafficSample, increases: readonly TrafficIncrease[]): number {
  const succeeded = increases.filter((increase) => increase.successes > 0);
  if (succeeded.length > 0) return Math.min(...succeeded.map((increase) => increase.failuresInARow));
  return total.failuresInARow + increases.reduce((sum, increase) => sum + increase.failures, 0);
}
