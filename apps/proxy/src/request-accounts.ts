import type { DataPlane, DeploymentTraffic } from './data-plane.js';
import type { LiveReplica } from './live-replicas.js';
import type { InferenceName } from './openai-routes.js';
import type { RevisionMetrics } from './proxy-metrics.js';

/** What one request counts for while it lasts, in every counter it touches; each is let go exactly once. */
export class RequestAccounts {
  readonly arrivedMs = performance.now();
  #admitted = false;
  #bodyBytes = 0;
  #traffic: DeploymentTraffic | null = null;
  /** Its revision's counters; those of unrouted requests until there is one. */
  #metrics: RevisionMetrics;
  #firstByteMs = 0;
  #isStream = false;

  constructor(
    private readonly plane: DataPlane,
    private readonly operation: InferenceName,
  ) {
    this.#metrics = plane.metrics.unrouted;
  }

  admit(): void {
    this.#admitted = true;
    this.plane.load.inFlight += 1;
  }

  buffer(bytes: number): void {
    this.#bodyBytes += bytes;
    this.plane.load.bufferedBytes += bytes;
  }

  /** The deployment it is for; said again at every try. */
  belongTo(deploymentId: string, nowMs: number): void {
    if (this.#traffic !== null) return;
    this.#traffic = this.plane.trafficOf(deploymentId);
    this.#traffic.begin(nowMs);
  }

  /** Given to a replica: in flight there from now on. */
  give(live: LiveReplica): void {
    live.inFlight += 1;
    this.#metrics = this.plane.metrics.of(live.revisionId);
    this.#metrics.inFlight += 1;
  }

  /** The answer comes piece by piece: its first byte tells of its first token. */
  noteStream(): void {
    this.#isStream = true;
  }

  noteFirstByte(): void {
    this.#firstByteMs = performance.now();
  }

  noteCut(): void {
    this.#metrics.cuts += 1;
  }

  /** One more repetition is within the deployment's budget, and is taken from it. */
  takeRetry(nowMs: number): boolean {
    if (this.#traffic?.takeRetry(nowMs) !== true) return false;
    this.#metrics.retries += 1;
    return true;
  }

  /** Ended at the replica, one way or another. */
  takeBack(live: LiveReplica, nowMs: number, isError: boolean): void {
    const { tally } = live;
    this.#metrics.inFlight -= 1;
    tally.requests += 1;
    if (isError) tally.errors += 1;
    tally.latencySumMs += nowMs - this.arrivedMs;
    if (this.#firstByteMs > 0) {
      const timeToFirstByteMs = this.#firstByteMs - this.arrivedMs;
      tally.firstBytes += 1;
      tally.timeToFirstByteSumMs += timeToFirstByteMs;
      this.#metrics.timeToFirstByte.observeMs(timeToFirstByteMs);
      if (this.#isStream && !isError) this.#metrics.countStream(timeToFirstByteMs, this.operation);
    }
    this.plane.live.end(live);
  }

  /** Over. Status 0: the client left. */
  close(status: number, nowMs: number): void {
    this.#metrics.countRequest(status, nowMs - this.arrivedMs, this.operation);
    if (this.#traffic !== null) this.#traffic.inFlight -= 1;
    if (this.#admitted) this.plane.dismiss(this.#bodyBytes);
  }
}
