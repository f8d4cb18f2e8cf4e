import type { Attributes, Counter, Histogram, Meter, MetricsAPI, ObservableResult } from '@opentelemetry/api';

const SCOPE = 'slipway';

/** The boundaries the semantic conventions give for durations in seconds. */
export const DURATION_BOUNDARIES_S: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export type Measurement = { readonly value: number; readonly attributes?: Attributes };

/** Handed in when metrics are switched on: see `with-span.ts`. */
let api: MetricsAPI | null = null;

/** Set by `startTelemetry`. */
export const metering = {
  get isOn(): boolean {
    return api !== null;
  },
  switch(to: MetricsAPI | null): void {
    api = to;
    generation += 1;
  },
};
/** Counts the times metrics were switched on or off: an instrument made before belongs to nobody. */
let generation = 0;

/** For instruments that need more than there is here; null while there are no metrics. */
export const meter = (): Meter | null => api?.getMeter(SCOPE) ?? null;

/** A histogram of durations in seconds that may be made before metrics are on; while they are off, it records nothing. */
export function durationHistogram(name: string, description: string): { record(seconds: number, attributes?: Attributes): void } {
  const current = perGeneration<Histogram>((on) => on.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: [...DURATION_BOUNDARIES_S] } }));
  return { record: (seconds, attributes) => current()?.record(seconds, attributes) };
}

/** A counter that may be made before metrics are on; `unit` in UCUM, such as `{event}`. */
export function counter(name: string, description: string, unit: string): { add(value: number, attributes?: Attributes): void } {
  const current = perGeneration<Counter>((on) => on.createCounter(name, { description, unit }));
  return { add: (value, attributes) => current()?.add(value, attributes) };
}

/**
 * A value read when metrics are asked for. Call it once the service starts; the function returned ends the reading, but
 * the last value of each set of attributes stays: give every set each time, NaN where nobody knows any more, which is not shown. Without metrics it does nothing, and `read`
 * is never called.
 */
export function observeGauge(name: string, description: string, unit: string, read: () => readonly Measurement[] | Promise<readonly Measurement[]>): () => void {
  const gauge = meter()?.createObservableGauge(name, { description, unit });
  const observe = async (result: ObservableResult): Promise<void> => {
    for (const { value, attributes } of await read()) result.observe(value, attributes);
  };
  gauge?.addCallback(observe);
  return () => gauge?.removeCallback(observe);
}

function perGeneration<T>(make: (on: Meter) => T): () => T | null {
  let made: { readonly generation: number; readonly instrument: T | null } | null = null;
  return () => {
    if (made?.generation !== generation) {
      const on = meter();
      made = { generation, instrument: on === null ? null : make(on) };
    }
    return made.instrument;
  };
}
