import type { ScalingAggregate } from './scaling-rule.js';

/** Over what is known; null: nothing is. */
export function aggregateOf(aggregate: ScalingAggregate, figures: readonly (number | null)[]): number | null {
  const known = figures.filter((figure) => figure !== null).sort((a, b) => a - b);
  const sum = known.reduce((total, figure) => total + figure, 0);
  switch (aggregate) {
    case 'avg':
      return known.length === 0 ? null : sum / known.length;
    case 'sum':
      return known.length === 0 ? null : sum;
    case 'min':
      return known[0] ?? null;
    case 'max':
      return known.at(-1) ?? null;
    case 'p95':
      return known[Math.ceil(0.95 * known.length) - 1] ?? null;
  }
}
