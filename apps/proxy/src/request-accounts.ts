import type { AnswerReading } from './answer-reading.js';
import type { AttemptEnding } from './attempt-ending.js';
import type { DataPlane, DeploymentTraffic } from './data-plane.js';
import type { LiveReplica } from './live-replicas.js';
import type { InferenceName } from './openai-routes.js';
import type { RevisionMetrics } from './proxy-metrics.js';
import type { TrafficRow } from './traffic-ledger.js';

/** What one request counts for while it lasts, in every counter it touches; each is let go exactly once. */
export class RequestAccounts {
  readonly arrivedMs = performance.now();
  #admitted = false;
  #bodyBytes = 0;
  #traffic: DeploymentTraffic | null = null;
  /** Its revision's counters; those of unrouted requests until there is one. */
  #metrics: RevisionMetrics;
  #firstByteMs = 0;
  #row: TrafficRow | null = null;
  /** Of the answer that is coming; null if there is nothing to be learnt from it. */
  #reading: AnswerReading | null = null;

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

  /** Given to a replica: in flight there from now on. `isPinned`: the client chose its revision. */
  give(live: LiveReplica, isPinned: boolean): void {
    live.inFlight += 1;
    this.#metrics = this.plane.metrics.of(live.revisionId);
    this.#metrics.inFlight += 1;
    if (isPinned && this.#row === null) this.#metrics.pinned += 1;
    this.#reading = null;
    live.served ??= this.plane.traffic.row(live, 'served');
    this.#row = live.served;
    this.#row.begin();
  }

  /** An answer has begun that may tell of its tokens. */
  read(reading: AnswerReading | null): void {
    this.#reading = reading;
  }

  noteFirstByte(): void {
    this.#firstByteMs = performance.now();
  }

  noteAnswerBytes(chunk: Buffer): void {
    this.#reading?.note(chunk);
  }

  get firstByteHasCome(): boolean {
    return this.#firstByteMs > 0;
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
  takeBack(live: LiveReplica, nowMs: number, ending: AttemptEnding, isError: boolean): void {
    const { tally } = live;
    this.#row?.end(ending, { beganMs: this.arrivedMs, firstByteMs: this.#firstByteMs, endedMs: nowMs }, this.#reading);
    this.#metrics.inFlight -= 1;
    tally.requests += 1;
    if (isError) tally.errors += 1;
    tally.latencySumMs += nowMs - this.arrivedMs;
    if (this.#firstByteMs > 0) {
      const timeToFirstByteMs = this.#firstByteMs - this.arrivedMs;
      tally.firstBytes += 1;
      tally.timeToFirstByteSumMs += timeToFirstByteMs;
      this.#metrics.timeToFirstByte.observeMs(timeToFirstByteMs);
      if (this.#reading?.isStream === true && !isError) this.#metrics.countStream(timeToFirstByteMs, this.operation);
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
