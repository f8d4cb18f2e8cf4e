/** What a proxy says of itself: at every change that matters, and as a heartbeat. */
export type ProxyReport = {
  readonly proxyId: string;
  /** Every request from now on is routed by a table that contains the log up to here. */
  readonly position: number;
  /** Requests running, by replica; replicas without any may be left out. */
  readonly inFlightByReplica: Readonly<Record<string, number>>;
};

/** A proxy not heard of for this long counts as gone, provided that another one is heard. */
export const PROXY_GONE_AFTER_MS = 10_000;

type Member = { readonly report: ProxyReport; readonly heardAtMs: number };
type Acknowledgement = { readonly acknowledged: readonly string[]; readonly missing: readonly string[] };

/**
 * The proxies that live, as their reports tell. When all are silent it is more likely that we hear nothing than that all
 * are gone at once: then none is taken for gone, and what each said last stands. After a start nothing is known of them for as long as one may be silent;
 * until then, or until the first is heard, nobody can say that no proxy has a request running.
 */
export class ProxyFleet {
  readonly #members = new Map<string, Member>();
  readonly #listeners = new Set<() => void>();
  #hearingSinceMs: number;

  constructor(
    private readonly nowMs: () => number,
    /** False while reports cannot arrive at all. */
    private readonly isHearing: () => boolean = () => true,
  ) {
    this.#hearingSinceMs = nowMs();
  }

  take(report: ProxyReport): void {
    this.#members.set(report.proxyId, { report, heardAtMs: this.nowMs() });
    for (const listener of this.#listeners) listener();
  }

  /** A proxy that says goodbye has nothing running any more. */
  left(proxyId: string): void {
    this.#members.delete(proxyId);
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Drained: every living proxy routes by a table at or past `position`, and none has a request running on the replica. */
  drainState(replicaId: string, position: number): { readonly drained: boolean; readonly inFlight: number } {
    const living = this.#living();
    const inFlight = living.reduce((sum, report) => sum + (report.inFlightByReplica[replicaId] ?? 0), 0);
    if (!this.isHearing()) this.#hearingSinceMs = this.nowMs();
    const known = living.length > 0 || this.nowMs() - this.#hearingSinceMs >= PROXY_GONE_AFTER_MS;
    return { drained: known && inFlight === 0 && living.every((report) => report.position >= position), inFlight };
  }

  /** Resolves when every living proxy has come to `position`, or after the timeout; names those that have not. */
  waitFor(position: number, timeoutMs: number): Promise<Acknowledgement> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        stop();
        resolve(this.#acknowledgement(position));
      };
      const timer = setTimeout(finish, timeoutMs);
      const stop = this.onChange(() => {
        if (this.#isAcknowledged(position)) finish();
      });
      if (this.#isAcknowledged(position)) finish();
    });
  }

  #isAcknowledged(position: number): boolean {
    const living = this.#living();
    return living.length > 0 && living.every((report) => report.position >= position);
  }

  #acknowledgement(position: number): Acknowledgement {
    const living = this.#living();
    const ids = (reports: readonly ProxyReport[]): string[] => reports.map(({ proxyId }) => proxyId).sort();
    return {
      acknowledged: ids(living.filter((report) => report.position >= position)),
      missing: ids(living.filter((report) => report.position < position)),
    };
  }

  #living(): readonly ProxyReport[] {
    const oldestMs = this.nowMs() - PROXY_GONE_AFTER_MS;
    const silent = [...this.#members].filter(([, { heardAtMs }]) => heardAtMs < oldestMs);
    if (silent.length < this.#members.size) for (const [proxyId] of silent) this.#members.delete(proxyId);
    return [...this.#members.values()].map(({ report }) => report);
  }
}
