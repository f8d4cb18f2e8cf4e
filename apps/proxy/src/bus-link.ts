import type { Json, TrafficReport } from '@slipway/domain';
import type { Bus } from '@slipway/messaging';
import type { ProxyReport, ProxyReporter } from './proxy-reporter.js';

/** Reports over the bus. While it is lost reports are dropped, and the last is said again once it is back. */
export class BusLink implements ProxyReporter, Disposable {
  readonly #bus: Pick<Bus, 'signals' | 'onStatus'>;
  readonly #stop: () => void;
  #last: ProxyReport | null = null;

  constructor(bus: Pick<Bus, 'signals' | 'onStatus'>) {
    this.#bus = bus;
    this.#stop = bus.onStatus(({ connected }) => {
      if (connected && this.#last !== null) this.#say({ ...this.#last, tallies: null });
    });
  }

  report(report: ProxyReport): void {
    this.#last = report;
    this.#say(report);
  }

  traffic(report: TrafficReport): void {
    this.#bus.signals.publish('proxy.traffic', report as unknown as Json);
  }

  left(proxyId: string): void {
    this.#last = null;
    this.#bus.signals.publish('proxy.left', { proxyId });
  }

  [Symbol.dispose](): void {
    this.#stop();
  }

  #say(report: ProxyReport): void {
    this.#bus.signals.publish('proxy.report', report as unknown as Json);
  }
}
