import { readableCount } from './readable-text.js';

/** "1.2 s, 34,000 events/s" */
export function perSecond(events: number, elapsedMs: number): string {
  const rate = Math.round((events * 1_000) / Math.max(1, elapsedMs));
  return `${(elapsedMs / 1_000).toFixed(1)} s, ${readableCount(rate)} events/s`;
}
