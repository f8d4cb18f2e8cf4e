import { COUNTERS, GAUGES, HISTOGRAMS, type Alias, type CounterName, type Fold, type GaugeName, type HistogramName } from './metric-aliases.js';
import type { Sample } from './prometheus-samples.js';

/** Upper bounds in milliseconds, rising, the last Infinity; `counts` are per bucket since the engine's start. */
export type ReadHistogram = { readonly boundsMs: readonly number[]; readonly counts: readonly number[] };

/** What one page of an engine says. Null: it does not say. */
export type EngineReading = {
  readonly atMs: number;
  readonly counters: Readonly<Record<CounterName, number | null>>;
  readonly gauges: Readonly<Record<GaugeName, number | null>>;
  readonly histograms: Readonly<Record<HistogramName, ReadHistogram | null>>;
};

type Named = ReadonlyMap<string, readonly Sample[]>;

export function readEngine(samples: readonly Sample[], atMs: number): EngineReading {
  const named: Named = Map.groupBy(samples, ({ name }) => name);
  return {
    atMs,
    counters: mapped(COUNTERS, (aliases) => folded(firstOf(named, aliases, counterNames), 'sum')),
    gauges: mapped(GAUGES, ({ fold, aliases }) => folded(firstOf(named, aliases, ({ name }) => [name]), fold)),
    histograms: mapped(HISTOGRAMS, (aliases) => histogramOf(firstOf(named, aliases, ({ name }) => [`${name}_bucket`]))),
  };
}

/** OpenMetrics writes `_total`, some clients of the old form do not. */
const counterNames = ({ name }: Alias): readonly string[] => [name, name.endsWith('_total') ? name.slice(0, -'_total'.length) : `${name}_total`];

function firstOf(named: Named, aliases: readonly Alias[], namesOf: (alias: Alias) => readonly string[]): readonly Sample[] {
  for (const alias of aliases) {
    const samples = namesOf(alias).flatMap((name) => named.get(name) ?? []);
    const { where } = alias;
    const chosen = where === undefined ? samples : samples.filter(({ labels }) => where.values.includes(labels[where.label] ?? ''));
    if (chosen.length > 0) return chosen;
  }
  return [];
}

function folded(samples: readonly Sample[], fold: Fold): number | null {
  const values = samples.map(({ value }) => value).filter((value) => Number.isFinite(value) && value >= 0);
  if (values.length === 0) return null;
  if (fold === 'max') return Math.max(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return fold === 'mean' ? sum / values.length : sum;
}

/** Cumulative counts of all label sets together, made into counts per bucket. */
function histogramOf(buckets: readonly Sample[]): ReadHistogram | null {
  const upTo = new Map<number, number>();
  for (const { labels, value } of buckets) {
    const bound = labels['le'] === '+Inf' ? Infinity : 1_000 * Number(labels['le']);
    if (!Number.isNaN(bound) && Number.isFinite(value)) upTo.set(bound, (upTo.get(bound) ?? 0) + value);
  }
  if (upTo.size === 0) return null;
  const boundsMs = [...upTo.keys()].sort((a, b) => a - b);
  const counts = boundsMs.map((bound, index) => Math.max(0, (upTo.get(bound) ?? 0) - (upTo.get(boundsMs[index - 1] ?? Number.NaN) ?? 0)));
  return { boundsMs, counts };
}

const mapped = <Name extends string, From, To>(table: Readonly<Record<Name, From>>, to: (from: From) => To): Record<Name, To> =>
  Object.fromEntries(Object.entries<From>(table).map(([name, from]) => [name, to(from)])) as Record<Name, To>;
