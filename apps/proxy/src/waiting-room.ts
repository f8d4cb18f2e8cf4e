/** One request that waits for a replica. */
export type Waiter = {
  readonly deploymentId: string;
  /** Called once: the deployment's route has changed, or the waiter's time has come. */
  readonly wake: () => void;
};

type Seat = { readonly waiter: Waiter; readonly timer: NodeJS.Timeout };

/** Where requests wait, for a bounded time and in bounded number, while no replica of their deployment can take them. */
export class WaitingRoom {
  readonly #seats = new Map<Waiter, Seat>();

  constructor(private readonly waitingMax: number) {}

  get size(): number {
    return this.#seats.size;
  }

  /** False if the room is full. */
  enter(waiter: Waiter, forMs: number): boolean {
    if (this.#seats.size >= this.waitingMax) return false;
    const timer = setTimeout(() => this.#wake(waiter), Math.max(0, forMs));
    this.#seats.set(waiter, { waiter, timer });
    return true;
  }

  leave(waiter: Waiter): void {
    const seat = this.#seats.get(waiter);
    if (seat === undefined) return;
    clearTimeout(seat.timer);
    this.#seats.delete(waiter);
  }

  /** Wakes, in the order they came, those whose deployment `changed` says has changed. */
  wakeThose(changed: (deploymentId: string) => boolean): void {
    for (const waiter of [...this.#seats.keys()]) if (changed(waiter.deploymentId)) this.#wake(waiter);
  }

  #wake(waiter: Waiter): void {
    if (!this.#seats.has(waiter)) return; // it left meanwhile
    this.leave(waiter);
    waiter.wake();
  }
}
