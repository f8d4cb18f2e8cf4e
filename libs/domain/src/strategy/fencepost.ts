import { parseIntOrPercent, type IntOrPercent, type RollingConfig } from './deployment-strategy.js';

/** How far a rolling update may leave the desired count, in replicas. */
export type Fencepost = { readonly surge: number; readonly unavailable: number };

/**
 * Kubernetes' rounding: surge rounds up, unavailable rounds down; when both come to 0 one replica may be unavailable.
 * (Both written as 0 is refused when the strategy is parsed.)
 */
export function fencepost(config: RollingConfig, desired: number): Fencepost {
  const surge = resolve(config.maxSurge, desired, Math.ceil);
  const unavailable = Math.min(desired, resolve(config.maxUnavailable, desired, Math.floor));
  return surge === 0 && unavailable === 0 ? { surge: 0, unavailable: Math.min(1, desired) } : { surge, unavailable };
}

function resolve(value: IntOrPercent, desired: number, round: (x: number) => number): number {
  const parsed = parseIntOrPercent(value);
  if ('replicas' in parsed) return parsed.replicas;
  if ('percent' in parsed) return round((parsed.percent * desired) / 100);
  throw new Error(`not a count or a percentage: ${value}`);
}
