import type { EngineHooks, EngineLimits } from './forward-engine.js';

/** What the connections of one engine share. */
export type EngineState = {
  readonly limits: EngineLimits;
  readonly hooks: EngineHooks;
  accepting: boolean;
  /** Header lines of an answer whose connection is kept. */
  readonly keepAliveLines: string;
};

/** Something whose time may run out. */
export type Timed = {
  /** On the clock of `performance.now()`; Infinity: no limit now. */
  readonly deadlineMs: number;
  onDeadline(nowMs: number): void;
};

/** Between two looks at the deadlines: a quarter of the shortest time, within these bounds. */
const LOOK_INTERVAL_MIN_MS = 5;
const LOOK_INTERVAL_MAX_MS = 1_000;
const LOOKS_PER_SHORTEST_TIME = 4;

/**
 * The deadlines of all connections, looked at by one timer: setting one is an assignment, which matters where each request
 * sets several. Deadlines are kept to within the look interval.
 */
export class Deadlines {
  readonly #timed = new Set<Timed>();
  #timer: NodeJS.Timeout | null = null;
  /** `performance.now()` as of the last look: late by up to one interval, and free to read. */
  nowMs = performance.now();

  constructor(private readonly intervalMs: number) {}

  static for(limits: EngineLimits): Deadlines {
    const { headTimeoutMs, requestTimeoutMs, idleKeepAliveMs, upstreamConnectTimeoutMs, upstreamHeadTimeoutMs } = limits;
    const times = [headTimeoutMs, requestTimeoutMs, idleKeepAliveMs, upstreamConnectTimeoutMs, upstreamHeadTimeoutMs];
    const shortest = Math.min(...times, limits.streamIdleTimeoutMs, limits.upstreamKeepAliveMs, limits.lingerMs);
    return new Deadlines(Math.min(LOOK_INTERVAL_MAX_MS, Math.max(LOOK_INTERVAL_MIN_MS, shortest / LOOKS_PER_SHORTEST_TIME)));
  }

  add(timed: Timed): void {
    this.#timed.add(timed);
    if (this.#timer !== null) return;
    this.nowMs = performance.now();
    this.#timer = setInterval(() => this.#look(), this.intervalMs);
    this.#timer.unref();
  }

  remove(timed: Timed): void {
    this.#timed.delete(timed);
    if (this.#timed.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    this.nowMs = performance.now();
    for (const timed of this.#timed) if (timed.deadlineMs <= this.nowMs) timed.onDeadline(this.nowMs);
  }
}
