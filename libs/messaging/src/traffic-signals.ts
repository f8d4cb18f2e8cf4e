import { signalContracts } from '@slipway/contracts';
import type { TrafficReport } from '@slipway/domain';
import type { Signals, Unsubscribe } from './signals.js';

/** Hears what proxies count. What is not a report is dropped: anybody with the bus's password may have sent it. */
export function hearTraffic(signals: Pick<Signals, 'subscribe'>, onReport: (report: TrafficReport) => void): Unsubscribe {
  return signals.subscribe('proxy.traffic', (payload) => {
    const report = signalContracts['proxy.traffic'].schema.safeParse(payload);
    if (report.success) onReport(report.data);
  });
}
