import { metricValues, type MeasuredReplicaFigures, type MetricsBook, type ScalingMetric, type TrafficKey } from '@slipway/domain';

/** Rules look at the last ten seconds: long enough to be even, short enough to follow a step in load. */
export const SCALING_WINDOW_MS = 10_000;
const SECOND_MS = 1_000;

/** What stands at an instant: over time it is the mean. All others are rates and shares of the time as it is. */
const STANDING: readonly ScalingMetric[] = ['requestsRunning', 'requestsWaiting', 'kvCacheUsage', 'inFlight'];

/** One replica's figures over the window, or since it became ready. Seconds of which nobody knows anything do not count. */
export function replicaFigures(book: MetricsBook, key: TrafficKey, metrics: readonly ScalingMetric[], readyAtMs: number, nowMs: number): MeasuredReplicaFigures['figures'] {
  const window = book.window(nowMs - SECOND_MS, nowMs, SECOND_MS, nowMs);
  const { stepMs } = window.level;
  const instantMs = Math.floor(nowMs / stepMs) * stepMs;
  const steps = Math.max(1, Math.floor(Math.min(SCALING_WINDOW_MS, nowMs - readyAtMs) / stepMs));
  const whole = metricValues([book.read(key, { ...window, stepMs: steps * stepMs }, instantMs)]);
  const standing = STANDING.some((metric) => metrics.includes(metric))
    ? Array.from({ length: steps }, (_, index) => metricValues([book.read(key, { ...window, stepMs }, instantMs - index * stepMs)]))
    : [];
  return Object.fromEntries(metrics.map((metric) => [metric, STANDING.includes(metric) ? mean(standing.map((values) => values[metric])) : whole[metric]]));
}

function mean(figures: readonly (number | null)[]): number | null {
  const known = figures.filter((figure) => figure !== null);
  return known.length === 0 ? null : known.reduce((sum, figure) => sum + figure, 0) / known.length;
}
