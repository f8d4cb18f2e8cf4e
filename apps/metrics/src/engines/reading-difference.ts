import { latenciesOf, NO_GAUGES, NO_LATENCIES, type EngineBucket, type EnginePoint, type LatencyCounts } from '@slipway/domain';
import type { EngineReading, ReadHistogram } from './engine-reading.js';

/**
 * What an engine told between two readings. `earlier` null: it is read for the first time, and only what it says of this moment
 * counts. `restarted`: it began to count from 0 in between, whatever it had come to.
 */
export function pointBetween(earlier: EngineReading | null, later: EngineReading, restarted: boolean): EnginePoint {
  const counter = (name: keyof EngineReading['counters']): number | null => increaseOf(earlier?.counters[name] ?? null, later.counters[name], earlier !== null, restarted);
  const histogram = (name: keyof EngineReading['histograms']): LatencyCounts => latenciesBetween(earlier?.histograms[name] ?? null, later.histograms[name], earlier !== null, restarted);
  return {
    coveredMs: earlier === null ? 0 : Math.max(0, later.atMs - earlier.atMs),
    promptTokens: counter('promptTokens'),
    generationTokens: counter('generationTokens'),
    prefixQueries: counter('prefixQueries'),
    prefixHits: counter('prefixHits'),
    successes: counter('successes'),
    failures: counter('failures'),
    latency: histogram('latency'),
    timeToFirstToken: histogram('timeToFirstToken'),
    timePerOutputToken: histogram('timePerOutputToken'),
    gauges: { ...NO_GAUGES, ...later.gauges },
  };
}

/** Many engines show a counter only once there is something to count: one that appears between two readings began at 0. */
function increaseOf(earlier: number | null, later: number | null, isKnown: boolean, restarted: boolean): number | null {
  if (later === null || !isKnown) return null;
  return restarted || earlier === null || later < earlier ? later : later - earlier;
}

function latenciesBetween(earlier: ReadHistogram | null, later: ReadHistogram | null, isKnown: boolean, restarted: boolean): LatencyCounts {
  if (later === null || !isKnown) return NO_LATENCIES;
  const isSame = earlier !== null && earlier.boundsMs.length === later.boundsMs.length && earlier.boundsMs.every((bound, index) => bound === later.boundsMs[index]);
  const began = restarted || !isSame || later.counts.some((count, index) => count < (earlier.counts[index] ?? 0));
  const buckets = later.counts.map((count, index): EngineBucket => ({
    fromMs: later.boundsMs[index - 1] ?? 0,
    toMs: later.boundsMs[index] ?? Infinity,
    count: count - (began ? 0 : (earlier?.counts[index] ?? 0)),
  }));
  return latenciesOf(buckets);
}
