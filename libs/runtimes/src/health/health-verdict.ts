import type { HealthCheck } from '@slipway/domain';

/** Between probes while an engine starts, however rarely it is asked later: a replica should serve as soon as it can. */
export const STARTING_PROBE_INTERVAL_MS = 250;
/** Rounds of `retriesMax` failures after which an engine that was ready is given up: it hangs, and only a restart helps. */
export const UNREADY_ROUNDS_MAX = 6;

export type Probe = {
  /** Since the engine's start. */
  readonly sinceStartMs: number;
  /** Null: it went well. Otherwise what was wrong, in a few words. */
  readonly failure: string | null;
};

export type HealthState = {
  readonly phase: 'starting' | 'ready' | 'unready' | 'failed';
  /** Failures that count, since the last success. */
  readonly failuresInARow: number;
  /** When a failure was last counted; null: none since the last success. */
  readonly countedAtMs: number | null;
};

export type HealthVerdict =
  | { readonly type: 'ready' }
  | { readonly type: 'unready'; readonly reason: string }
  /** It will not become ready by waiting. Nothing follows this verdict. */
  | { readonly type: 'failed'; readonly reason: string };

export function initialHealth(phase: 'starting' | 'ready' = 'starting'): HealthState {
  return { phase, failuresInARow: 0, countedAtMs: null };
}

/**
 * What a probe changes. While starting, failures within `initialDelayMs` are not counted, and later ones at most once per
 * `intervalMs`, so that probing fast does not use up the retries fast. A verdict is given only when it is news.
 */
export function judge(state: HealthState, probe: Probe, check: HealthCheck): { readonly state: HealthState; readonly verdict: HealthVerdict | null } {
  const { phase } = state;
  if (phase === 'failed') return { state, verdict: null };
  if (probe.failure === null) return { state: initialHealth('ready'), verdict: phase === 'ready' ? null : { type: 'ready' } };
  if (phase === 'starting' && !counts(state, probe, check)) return { state, verdict: null };
  const failuresInARow = state.failuresInARow + 1;
  const next = (to: HealthState['phase']): HealthState => ({ phase: to, failuresInARow, countedAtMs: probe.sinceStartMs });
  const last = `after ${failuresInARow} failed checks, the last: ${probe.failure}`;
  if (phase === 'starting') {
    if (failuresInARow < check.retriesMax) return { state: next('starting'), verdict: null };
    return { state: next('failed'), verdict: { type: 'failed', reason: `failed to become ready ${last}` } };
  }
  if (failuresInARow >= check.retriesMax * UNREADY_ROUNDS_MAX)
    return { state: next('failed'), verdict: { type: 'failed', reason: `stayed unready ${last}` } };
  if (phase === 'ready' && failuresInARow >= check.retriesMax)
    return { state: next('unready'), verdict: { type: 'unready', reason: `became unready ${last}` } };
  return { state: next(phase), verdict: null };
}

/** How long to wait after a probe. */
export function probeIntervalMs({ phase }: HealthState, { intervalMs }: HealthCheck): number {
  return phase === 'starting' ? Math.min(STARTING_PROBE_INTERVAL_MS, intervalMs) : intervalMs;
}

function counts({ countedAtMs }: HealthState, { sinceStartMs }: Probe, { initialDelayMs, intervalMs }: HealthCheck): boolean {
  return sinceStartMs > initialDelayMs && (countedAtMs === null || sinceStartMs - countedAtMs >= intervalMs);
}
