import { countLatency, NO_LATENCIES, type TrafficCounts, type TrafficKey, type TrafficKind, type TrafficReport } from '@slipway/domain';
import type { AnswerReading } from './answer-reading.js';
import type { AttemptEnding } from './attempt-ending.js';

export type AttemptTimes = {
  readonly beganMs: number;
  /** 0: no byte of a body has come. */
  readonly firstByteMs: number;
  readonly endedMs: number;
};

/** What one replica's requests of one kind came to; counts only grow. */
export class TrafficRow implements TrafficKey, TrafficCounts {
  successes = 0;
  failures = 0;
  excluded = 0;
  failuresInARow = 0;
  promptTokens: number | null = null;
  completionTokens: number | null = null;
  readonly latency: number[] = [...NO_LATENCIES];
  readonly timeToFirstToken: number[] = [...NO_LATENCIES];
  readonly timePerOutputToken: number[] = [...NO_LATENCIES];
  inFlight = 0;
  /** Since it was last reported. */
  hasChanged = false;
  /** The replica is in the table, or still has requests. */
  isLive = true;

  constructor(
    readonly deploymentId: string,
    readonly revisionId: string,
    readonly replicaId: string,
    readonly kind: TrafficKind,
  ) {}

  begin(): void {
    this.inFlight += 1;
    this.hasChanged = true;
  }

  /** `reading` is of the answer, if one came that was no refusal. */
  end(ending: AttemptEnding, times: AttemptTimes, reading: AnswerReading | null): void {
    this.inFlight -= 1;
    this.hasChanged = true;
    switch (ending) {
      case 'success':
        countLatency(this.latency, times.endedMs - times.beganMs);
        return this.#succeed(times, reading);
      case 'cancelled':
        return this.#succeed(times, reading);
      case 'failure':
        this.failures += 1;
        this.failuresInARow += 1;
        return;
      case 'excluded':
        this.excluded += 1;
        return;
      case 'handedOver':
        return;
    }
  }

  /** A copy as it is told. */
  told(): TrafficReport['rows'][number] {
    const { deploymentId, revisionId, replicaId, kind, successes, failures, excluded, failuresInARow, promptTokens, completionTokens, inFlight } = this;
    const counts = { successes, failures, excluded, failuresInARow, promptTokens, completionTokens, inFlight };
    const latency = [...this.latency];
    const timeToFirstToken = [...this.timeToFirstToken];
    const timePerOutputToken = [...this.timePerOutputToken];
    return { deploymentId, revisionId, replicaId, kind, ...counts, latency, timeToFirstToken, timePerOutputToken };
  }

  #succeed({ beganMs, firstByteMs, endedMs }: AttemptTimes, reading: AnswerReading | null): void {
    this.successes += 1;
    this.failuresInARow = 0;
    if (reading === null) return;
    reading.finish();
    if (reading.promptTokens !== null) this.promptTokens = (this.promptTokens ?? 0) + reading.promptTokens;
    if (reading.completionTokens !== null) this.completionTokens = (this.completionTokens ?? 0) + reading.completionTokens;
    if (!reading.isStream || firstByteMs === 0) return;
    countLatency(this.timeToFirstToken, firstByteMs - beganMs);
    const tokens = reading.completionTokens ?? reading.events;
    if (tokens > 1) countLatency(this.timePerOutputToken, (endedMs - firstByteMs) / (tokens - 1));
  }
}

type Counted = Pick<TrafficKey, 'deploymentId' | 'revisionId' | 'replicaId'>;

/**
 * All rows of a proxy. A replica that comes back goes on counting in its old row, so rows outlive their replicas; over the
 * limit the oldest of those that are gone make room, once they have been reported.
 */
export class TrafficLedger {
  readonly #rows = new Map<string, TrafficRow>();

  constructor(private readonly rowsMax: number) {}

  /** Looked up when a replica gets its first request, not for each. With no room left the row is one that nobody reads. */
  row({ deploymentId, revisionId, replicaId }: Counted, kind: TrafficKind): TrafficRow {
    const key = `${kind} ${replicaId}`;
    const known = this.#rows.get(key);
    if (known !== undefined) {
      known.isLive = true;
      return known;
    }
    const made = new TrafficRow(deploymentId, revisionId, replicaId, kind);
    if (this.#hasRoom()) this.#rows.set(key, made);
    return made;
  }

  /** Rows that changed since they were last taken, or all. */
  take(all: boolean): readonly TrafficRow[] {
    const taken: TrafficRow[] = [];
    for (const row of this.#rows.values()) {
      if (!all && !row.hasChanged) continue;
      row.hasChanged = false;
      taken.push(row);
    }
    return taken;
  }

  #hasRoom(): boolean {
    if (this.#rows.size < this.rowsMax) return true;
    for (const [key, { isLive, hasChanged }] of this.#rows) {
      if (isLive || hasChanged) continue;
      this.#rows.delete(key);
      return true;
    }
    return false;
  }
}
