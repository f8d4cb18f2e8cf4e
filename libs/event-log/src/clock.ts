/** The time, and being called when it has come. */
export type Clock = {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls back once, at `atMs` or as soon as possible after it, unless the returned function is called before. */
  callAt(atMs: number, callback: () => void): () => void;
};

/** Timers do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  callAt(atMs, callback) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = Math.max(0, atMs - Date.now());
      // Node fires at once what is further away than a signed 32-bit number can say.
      timer = leftMs > TIMEOUT_MS_MAX ? setTimeout(arm, TIMEOUT_MS_MAX) : setTimeout(callback, leftMs);
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};

const TIMEOUT_MS_MAX = 2_147_483_647;
