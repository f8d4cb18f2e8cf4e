import type { Clock } from './clock.js';
import type { ArmedTimer } from './process-ledger.js';

/** The timers of all instances of a process, as their ledgers have them. Nothing fires before `start`. */
export class ProcessTimers {
  readonly #clock: Clock;
  readonly #fire: (key: string, timerId: string, armedBy: string) => void;
  readonly #instances = new Map<string, Map<string, { readonly armedBy: string; cancel(): void }>>();
  #started = false;

  constructor(clock: Clock, fire: (key: string, timerId: string, armedBy: string) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  get armed(): number {
    return [...this.#instances.values()].reduce((sum, timers) => sum + timers.size, 0);
  }

  /** From now on; `arm` has to be called for every instance that owes timers. */
  start(): void {
    this.#started = true;
  }

  /** Makes the instance's timers those of its ledger: new ones are armed, the others are cancelled. */
  arm(key: string, wanted: readonly ArmedTimer[]): void {
    if (!this.#started) return;
    const timers = this.#instances.get(key) ?? new Map<string, { readonly armedBy: string; cancel(): void }>();
    for (const [timerId, timer] of timers) {
      if (wanted.some((armed) => armed.timerId === timerId && armed.armedBy === timer.armedBy)) continue;
      timer.cancel();
      timers.delete(timerId);
    }
    for (const { timerId, armedBy, dueAtMs } of wanted) {
      if (timers.has(timerId)) continue;
      timers.set(timerId, { armedBy, cancel: this.#clock.callAt(dueAtMs, () => this.#fire(key, timerId, armedBy)) });
    }
    if (timers.size === 0) this.#instances.delete(key);
    else this.#instances.set(key, timers);
  }

  close(): void {
    for (const key of [...this.#instances.keys()]) this.arm(key, []);
  }
}
