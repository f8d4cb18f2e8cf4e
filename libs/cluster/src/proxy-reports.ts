import type { ProxyFleet, ProxyReport, Signals } from '@slipway/messaging';
import { signalContracts } from '@slipway/contracts';

/** Keeps the fleet of proxies as their signals tell. What is not a report is dropped: anybody with the bus's password may have sent it. */
export function hearProxies(signals: Signals, fleet: ProxyFleet): () => void {
  const stops = [
    signals.subscribe('proxy.report', (payload) => {
      const report = signalContracts['proxy.report'].schema.safeParse(payload);
      if (report.success) fleet.take(report.data as ProxyReport);
    }),
    signals.subscribe('proxy.left', (payload) => {
      const goodbye = signalContracts['proxy.left'].schema.safeParse(payload);
      if (goodbye.success) fleet.left(goodbye.data.proxyId);
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
