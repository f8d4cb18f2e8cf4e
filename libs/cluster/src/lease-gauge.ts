import type { Leadership } from '@slipway/leases';
import { observeGauge } from '@slipway/service/process';

/** 1 where this instance does the work, else 0. */
export function observeLease(lease: string, leadership: Leadership): () => void {
  return observeGauge('slipway.lease.leading', 'Whether this instance holds the lease', '1', () => [{ value: leadership.leading ? 1 : 0, attributes: { lease } }]);
}
