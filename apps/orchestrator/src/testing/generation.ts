import type { EventLog, FollowMessage } from '@slipway/event-log';
import type { ReplicaRuntime } from '@slipway/runtimes';

/** Whether what was under way when the process died had already happened. */
export type CutMoment = 'before' | 'after';

/** One life of the orchestrator's process: from the moment it is cut, nothing it does has any effect. */
export class Generation {
  /** Those that follow the log right now. */
  followers = 0;
  #left = Number.POSITIVE_INFINITY;
  #moment: CutMoment = 'before';
  #dead = false;
  #breaks = 0;
  #onDeath: () => void = () => undefined;

  /** Dies at the n-th append, launch or stop from now; resolves when it has. */
  dieAt(step: number, moment: CutMoment): Promise<void> {
    this.#left = step;
    this.#moment = moment;
    return new Promise((resolve) => (this.#onDeath = resolve));
  }

  die(): void {
    this.#dead = true;
    this.#onDeath();
  }

  /** Dies, and waits until what was under way has come to an end. */
  async end(): Promise<void> {
    this.die();
    await new Promise((resolve) => setImmediate(resolve));
  }

  get isDead(): boolean {
    return this.#dead;
  }

  log(log: EventLog): EventLog {
    return {
      append: (streamId, events, expected) => this.#take(() => log.append(streamId, events, expected)),
      readStream: (streamId, options) => log.readStream(streamId, options),
      readAll: (options) => log.readAll(options),
      follow: (options) => this.#unlessBroken(log.follow(options)),
      followStream: (streamId, options) => log.followStream(streamId, options),
      listStreams: (options) => log.listStreams(options),
      findEvent: (streamId, eventId) => log.findEvent(streamId, eventId),
      head: () => log.head(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  runtime(runtime: ReplicaRuntime): ReplicaRuntime {
    return {
      launch: (request) => this.#take(() => runtime.launch(request)),
      stop: (replicaId, options) => this.#take(() => runtime.stop(replicaId, options)),
      inspect: (replicaId) => runtime.inspect(replicaId),
      list: () => runtime.list(),
      readLog: (replicaId, read) => runtime.readLog(replicaId, read),
      watch: (onExit) => runtime.watch((observation) => void (this.#dead || onExit(observation))),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  /** Every follower fails at its next message; followers begun afterwards do not. */
  breakFollowers(): void {
    this.#breaks += 1;
  }

  async *#unlessBroken(messages: AsyncIterableIterator<FollowMessage>): AsyncGenerator<FollowMessage> {
    const breaks = this.#breaks;
    this.followers += 1;
    try {
      for await (const message of messages) {
        if (this.#breaks > breaks) throw new Error('the log cannot be read');
        yield message;
      }
    } finally {
      this.followers -= 1;
    }
  }

  async #take<T>(step: () => Promise<T>): Promise<T> {
    if (this.#dead) throw new Error('this process is dead');
    this.#left -= 1;
    if (this.#left > 0) return step();
    if (this.#moment === 'after') await step();
    this.die();
    throw new Error('killed');
  }
}
