/** Promises that settle when a position has been passed, which is how an answer can contain what its request wrote. */
export class PositionWaiters {
  readonly #waiting = new Set<{ readonly position: number; settle(passed: boolean): void }>();
  #position = 0;
  #broken = false;

  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** True once passed; false after the timeout, when nothing can be waited for any more, or when closed. */
  wait(position: number, timeoutMs: number): Promise<boolean> {
    if (position <= this.#position && !this.#broken) return Promise.resolve(true);
    if (this.#broken) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiter = {
        position,
        settle: (passed: boolean) => {
          clearTimeout(timer);
          this.#waiting.delete(waiter);
          resolve(passed);
        },
      };
      const timer = setTimeout(() => waiter.settle(false), timeoutMs);
      this.#waiting.add(waiter);
    });
  }

  /** `broken`: somebody has stopped for good, so that waiting for everybody is in vain. */
  passed(position: number, broken: boolean): void {
    this.#position = position;
    this.#broken = broken;
    for (const waiter of [...this.#waiting]) if (broken || waiter.position <= position) waiter.settle(!broken);
  }

  close(): void {
    this.passed(this.#position, true);
  }
}
