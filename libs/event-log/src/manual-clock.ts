import type { Clock } from './clock.js';

/** A clock for tests: time passes when `advance` says so. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #calls = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  constructor(nowMs = 0) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  callAt(atMs: number, callback: () => void): () => void {
    const call = { atMs, callback };
    this.#calls.add(call);
    if (atMs <= this.#nowMs) queueMicrotask(() => this.#runDue());
    return () => this.#calls.delete(call);
  }

  /** Calls everything that falls due, in order of time; each sees the time it was meant for. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const [next] = [...this.#calls].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.#calls.delete(next);
      next.callback();
    }
    this.#nowMs = untilMs;
  }

  #runDue(): void {
    for (const call of [...this.#calls]) if (call.atMs <= this.#nowMs && this.#calls.delete(call)) call.callback();
  }
}
