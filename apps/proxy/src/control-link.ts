import type { Json, TrafficReport } from '@slipway/domain';
import { connectSignals } from '@slipway/messaging';
import type { ProxyLog } from './proxy-log.js';
import type { ProxyReport, ProxyReporter } from './proxy-reporter.js';

export type ControlLinkOptions = {
  /** Path of the control plane's local socket. */
  readonly socketPath: string;
  /** The control plane says that the log has grown. */
  readonly onNews: () => void;
  readonly log: ProxyLog;
};

/**
 * The local socket between proxy and control plane: reports go there, word of a grown log comes back. While nobody
 * answers reports are dropped, and the last is said again once somebody does.
 */
export class ControlLink implements ProxyReporter, AsyncDisposable {
  readonly #signals: ReturnType<typeof connectSignals>;
  #last: ProxyReport | null = null;

  constructor({ socketPath, onNews, log }: ControlLinkOptions) {
    this.#signals = connectSignals({ path: socketPath });
    this.#signals.subscribe('log.appended', onNews);
    this.#signals.onConnect(() => {
      log('control-plane-reached');
      if (this.#last !== null) this.#say({ ...this.#last, tallies: null });
    });
  }

  report(report: ProxyReport): void {
    this.#last = report;
    this.#say(report);
  }

  traffic(report: TrafficReport): void {
    this.#signals.publish('proxy.traffic', report as unknown as Json);
  }

  left(proxyId: string): void {
    this.#signals.publish('proxy.left', { proxyId });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#signals.close();
  }

  #say(report: ProxyReport): void {
    this.#signals.publish('proxy.report', report as unknown as Json);
  }
}
