/** Gives out a fixed number of places, first come first served, with a bounded line of waiters. */
export type SlotQueue = {
  readonly running: number;
  readonly waiting: number;
  /** Whether this many more could run or wait; ask before `acquire`. */
  hasRoomFor(count: number): boolean;
  /** Resolves with `aborted` (and leaves the line at once) when the signal aborts first. */
  acquire(signal: AbortSignal): Promise<Slot | 'aborted'>;
};

export type Slot = { /** Safe to call twice. */ release(): void };

export type SlotQueueOptions = {
  readonly slots: number;
  /** How many may wait; past it `hasRoomFor` is false. */
  readonly depthMax: number;
};

export function createSlotQueue({ slots, depthMax }: SlotQueueOptions): SlotQueue {
  const line = new Set<(slot: Slot) => void>(); // a Set keeps order and lets an aborted waiter leave in O(1)
  let running = 0;

  const grant = (): Slot => {
    let held = true;
    return {
      release() {
        if (!held) return;
        held = false;
        running--;
        const next = line.values().next();
        if (next.done === true) return;
        line.delete(next.value);
        running++;
        next.value(grant());
      },
    };
  };

  return {
    get running() {
      return running;
    },
    get waiting() {
      return line.size;
    },
    hasRoomFor: (count) => count <= slots - running + depthMax - line.size,
    acquire(signal) {
      if (signal.aborted) return Promise.resolve('aborted');
      if (running < slots) {
        running++;
        return Promise.resolve(grant());
      }
      return new Promise((resolve) => {
        const enter = (slot: Slot) => {
          signal.removeEventListener('abort', leave);
          resolve(slot);
        };
        const leave = () => {
          line.delete(enter);
          resolve('aborted');
        };
        signal.addEventListener('abort', leave, { once: true });
        line.add(enter);
      });
    },
  };
}
