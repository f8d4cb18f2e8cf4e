/** The little of Prometheus that an engine needs: counters, gauges read at scrape time, and histograms, as text 0.0.4. */
export type Labels = Readonly<Record<string, string>>;
export type Counter = { add(count: number): void };
export type Histogram = { observe(seconds: number): void };

export type MetricsText = {
  counter(name: string, help: string, labels?: Labels): Counter;
  gauge(name: string, help: string, read: () => number): void;
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  render(): string;
};

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** `common` labels every sample. Asking twice for one counter name with other labels adds a sample to that family. */
export function createMetricsText(common: Labels): MetricsText {
  const families = new Map<string, { head: string; samples: (() => string)[] }>();

  const addSamples = (name: string, type: string, help: string, samples: () => string) => {
    const family = families.get(name) ?? { head: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, samples: [] };
    family.samples.push(samples);
    families.set(name, family);
  };

  return {
    counter(name, help, labels = {}) {
      let total = 0;
      const label = labelText({ ...common, ...labels });
      addSamples(name, 'counter', help, () => `${name}${label} ${total}\n`);
      return { add: (count) => void (total += count) };
    },
    gauge(name, help, read) {
      const label = labelText(common);
      addSamples(name, 'gauge', help, () => `${name}${label} ${read()}\n`);
    },
    histogram(name, help, bounds) {
      const counts = new Array<number>(bounds.length + 1).fill(0);
      let sum = 0;
      addSamples(name, 'histogram', help, () => histogramText(name, common, bounds, counts, sum));
      return {
        observe(seconds) {
          const bucket = bounds.findIndex((bound) => seconds <= bound);
          const index = bucket < 0 ? bounds.length : bucket;
          counts[index] = (counts[index] ?? 0) + 1;
          sum += seconds;
        },
      };
    },
    render: () =>
      [...families.values()].map(({ head, samples }) => head + samples.map((sample) => sample()).join('')).join(''),
  };
}

function histogramText(
  name: string,
  common: Labels,
  bounds: readonly number[],
  counts: readonly number[],
  sum: number,
): string {
  let below = 0;
  const buckets = counts.map((count, index) => {
    below += count;
    const le = bounds[index] === undefined ? '+Inf' : String(bounds[index]);
    return `${name}_bucket${labelText({ ...common, le })} ${below}\n`;
  });
  const label = labelText(common);
  return `${buckets.join('')}${name}_sum${label} ${sum}\n${name}_count${label} ${below}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escape(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escape(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}
