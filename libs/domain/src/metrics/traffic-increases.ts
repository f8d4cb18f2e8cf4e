import { subtractLatencies } from './latency-counts.js';
import type { TrafficCounts, TrafficKey, TrafficReport } from './traffic-report.js';

/** What one row of one proxy grew by since the report before; `failuresInARow` and `inFlight` are as the proxy told them last. */
export type TrafficIncrease = TrafficKey & TrafficCounts & { readonly inFlight: number };

/** Every row is told again at least once in so many beats, each of one report or, with many rows, of several. */
export const BEATS_PER_FULL_REPORT = 10;
/** A row that so many beats without a gap have not named is none that the proxy still counts. */
export const UNNAMED_BEATS_MAX = 3 * BEATS_PER_FULL_REPORT;
/** Reports sent closer to each other are of one beat. */
export const BEAT_GAP_MIN_MS = 100;
/** A proxy that has not been heard for so long is gone; heard again, it is taken up where it then is. */
export const PROXY_SILENCE_MAX_MS = 10 * 60_000;
/** Of proxies that report at once; beyond it the one that was silent longest is forgotten. */
export const PROXIES_MAX = 512;

type ToldRow = TrafficReport['rows'][number];
type Told = { readonly row: ToldRow; readonly beat: number };

/** One life of one proxy. */
type Counter = {
  /** By the taker's clock. */
  heardAtMs: number;
  sequence: number;
  sentAtMs: number;
  /** Beats taken since, the latest included. */
  beat: number;
  /** Those of them after which no report was missed. */
  unbroken: number;
  /** Every row it had is known: one that appears is new, and all it counts was counted since. */
  whole: boolean;
  readonly rows: Map<string, Told>;
};

/**
 * Turns reports, which count from a proxy's start, into what happened since the report before. Nothing is counted twice, and
 * nothing that happened before we first heard of a counter: a proxy that we meet in the middle of its life begins where it then is.
 */
export class TrafficIncreases {
  readonly #counters = new Map<string, Counter>();

  /** Rows that grew or whose load changed; none for a report that came late. `nowMs` is the taker's clock. */
  take(report: TrafficReport, nowMs: number): readonly TrafficIncrease[] {
    this.#forgetSilent(nowMs);
    const id = `${report.proxyId}\n${report.instanceId}`;
    const counter = this.#counters.get(id) ?? newCounter(report, nowMs);
    if (report.sequence <= counter.sequence) return [];
    this.#counters.delete(id); // the map's order is the order in which they were heard
    this.#counters.set(id, counter);
    beatOn(counter, report, nowMs);
    const increases = report.rows.map((row) => increaseOf(counter, row));
    counter.whole ||= counter.unbroken > BEATS_PER_FULL_REPORT; // of the first one a part may have been missed
    forgetUnnamed(counter);
    return increases;
  }

  #forgetSilent(nowMs: number): void {
    for (const [id, counter] of this.#counters) {
      if (this.#counters.size <= PROXIES_MAX && nowMs - counter.heardAtMs <= PROXY_SILENCE_MAX_MS) return;
      this.#counters.delete(id);
    }
  }
}

export const trafficKeyText = (key: TrafficKey): string => `${key.deploymentId}\n${key.revisionId}\n${key.replicaId}\n${key.kind}`;

function newCounter(report: TrafficReport, nowMs: number): Counter {
  // Its first report of all (numbered from 0 or from 1): it began after we did, and nothing is unknown.
  const first = report.sequence <= 1;
  return { heardAtMs: nowMs, sequence: report.sequence - 1, sentAtMs: Number.NEGATIVE_INFINITY, beat: 0, unbroken: 0, whole: first, rows: new Map() };
}

function beatOn(counter: Counter, { sequence, sentAtMs }: TrafficReport, nowMs: number): void {
  const isNewBeat = Math.abs(sentAtMs - counter.sentAtMs) >= BEAT_GAP_MIN_MS;
  if (sequence !== counter.sequence + 1) counter.unbroken = 0;
  if (isNewBeat) counter.sentAtMs = sentAtMs;
  counter.beat += isNewBeat ? 1 : 0;
  counter.unbroken += isNewBeat ? 1 : 0;
  counter.sequence = sequence;
  counter.heardAtMs = nowMs;
}

function increaseOf(counter: Counter, row: ToldRow): TrafficIncrease {
  const key = trafficKeyText(row);
  const before = counter.rows.get(key)?.row ?? (counter.whole ? null : row);
  counter.rows.set(key, { row, beat: counter.beat });
  return before === null ? row : since(before, row);
}

/** A count that fell began anew: all it counts now is new. */
function since(before: ToldRow, row: ToldRow): TrafficIncrease {
  const anew = row.successes < before.successes || row.failures < before.failures || row.excluded < before.excluded;
  if (anew) return row;
  return {
    ...row,
    successes: row.successes - before.successes,
    failures: row.failures - before.failures,
    excluded: row.excluded - before.excluded,
    promptTokens: knownSince(before.promptTokens, row.promptTokens),
    completionTokens: knownSince(before.completionTokens, row.completionTokens),
    latency: subtractLatencies(row.latency, before.latency),
    timeToFirstToken: subtractLatencies(row.timeToFirstToken, before.timeToFirstToken),
    timePerOutputToken: subtractLatencies(row.timePerOutputToken, before.timePerOutputToken),
  };
}

const knownSince = (before: number | null, now: number | null): number | null => (now === null ? null : Math.max(0, now - (before ?? 0)));

function forgetUnnamed(counter: Counter): void {
  if (counter.unbroken < UNNAMED_BEATS_MAX || counter.beat % BEATS_PER_FULL_REPORT !== 0) return;
  for (const [key, told] of counter.rows) if (counter.beat - told.beat >= UNNAMED_BEATS_MAX) counter.rows.delete(key);
}
