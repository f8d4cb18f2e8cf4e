import type * as port from './event-log.js';
import { remoteEventSequence } from './eventstore-event-sequence.js';

/**
 * For the conformance suite, which counts positions from 1 without gaps: the log with each position replaced by the
 * number of events up to it. So the suite also proves that positions are one strictly increasing order. `witness` is
 * the same log opened once more, to count in when the log itself is already closed.
 */
export async function ordinalLog(log: port.EventLog, witness: port.EventLog): Promise<port.EventLog> {
  const ordinal = new OrdinalLog(log, witness);
  await ordinal.learn(Number.POSITIVE_INFINITY);
  return ordinal;
}

class OrdinalLog implements port.EventLog {
  readonly #log: port.EventLog;
  readonly #witness: port.EventLog;
  readonly #appends = new Set<Promise<unknown>>();
  /** Of all events, as far as they were looked at. */
  readonly #positions: number[] = [];
  #learning: Promise<void> = Promise.resolve();

  constructor(log: port.EventLog, witness: port.EventLog) {
    this.#log = log;
    this.#witness = witness;
  }

  append(streamId: string, events: readonly port.NewEvent[], expected: port.ExpectedRevision): Promise<port.AppendOutcome> {
    const appending = this.#append(streamId, events, expected);
    this.#appends.add(appending);
    return appending.finally(() => this.#appends.delete(appending));
  }

  async #append(streamId: string, events: readonly port.NewEvent[], expected: port.ExpectedRevision): Promise<port.AppendOutcome> {
    const outcome = await this.#log.append(streamId, events, expected);
    if (!('appended' in outcome)) return outcome;
    return { appended: { revision: outcome.appended.revision, position: await this.#ordinalOf(outcome.appended.position) } };
  }

  async readStream(streamId: string, options?: port.StreamReadOptions): Promise<port.StreamRead> {
    const read = await this.#log.readStream(streamId, options);
    if ('notFound' in read) return read;
    return { found: remoteEventSequence(() => this.#ordinals(read.found.pages())) };
  }

  readAll(options: port.LogReadOptions = {}) {
    const read = async function* (this: OrdinalLog) {
      const { after, before, ...rest } = options;
      const translated = {
        ...rest,
        ...(after !== undefined && { after: await this.#positionOf(after) }),
        ...(before !== undefined && { before: await this.#positionOf(before) }),
      };
      yield* this.#ordinals(this.#log.readAll(translated).pages());
    };
    return remoteEventSequence(() => read.call(this));
  }

  follow(options: port.FollowOptions): AsyncIterableIterator<port.FollowMessage> {
    if (options.after === 'end' || options.after === 0) return this.#messages(this.#log.follow(options));
    return this.#messages(this.#log.follow({ ...options, after: this.#positions[options.after - 1] ?? Number.NaN }));
  }

  followStream(streamId: string, options: port.FollowStreamOptions): AsyncIterableIterator<port.FollowMessage> {
    const messages = this.#log.followStream(streamId, options);
    return this.#translated(messages, async (message) => ('event' in message ? { event: await this.#ordinal(message.event) } : message));
  }

  listStreams(options?: { readonly prefix?: string }): AsyncIterable<port.StreamHead> {
    return this.#log.listStreams(options);
  }

  findEvent(streamId: string, eventId: string): Promise<number | null> {
    return this.#log.findEvent(streamId, eventId);
  }

  async head(): Promise<number> {
    return this.#ordinalOf(await this.#log.head());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]();
    await Promise.allSettled(this.#appends);
    await this.#witness[Symbol.asyncDispose]();
  }

  #messages(messages: AsyncIterableIterator<port.FollowMessage>): AsyncIterableIterator<port.FollowMessage> {
    return this.#translated(messages, async (message) => {
      if ('event' in message) return { event: await this.#ordinal(message.event) };
      if ('caughtUp' in message) return { caughtUp: await this.#ordinalOf(message.caughtUp) };
      return { checkpoint: await this.#ordinalOf(message.checkpoint) };
    });
  }

  #translated(
    messages: AsyncIterableIterator<port.FollowMessage>,
    translate: (message: port.FollowMessage) => Promise<port.FollowMessage>,
  ): AsyncIterableIterator<port.FollowMessage> {
    const iterator: AsyncIterableIterator<port.FollowMessage> = {
      [Symbol.asyncIterator]: () => iterator,
      next: async () => {
        const { done, value } = (await messages.next()) as IteratorResult<port.FollowMessage, undefined>;
        return done === true ? { done, value } : { done: false, value: await translate(value) };
      },
      return: async () => (await messages.return?.()) ?? { done: true, value: undefined },
    };
    return iterator;
  }

  async *#ordinals(pages: AsyncIterable<readonly port.RecordedEvent[]>): AsyncGenerator<readonly port.RecordedEvent[]> {
    for await (const page of pages) yield await Promise.all(page.map((event) => this.#ordinal(event)));
  }

  async #ordinal(event: port.RecordedEvent): Promise<port.RecordedEvent> {
    return { ...event, position: await this.#ordinalOf(event.position) };
  }

  /** How many events there are up to and with this position. */
  async #ordinalOf(position: number): Promise<number> {
    if (position > (this.#positions.at(-1) ?? 0)) await this.learn(position);
    let [low, high] = [0, this.#positions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle] ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #positionOf(ordinal: number): Promise<number> {
    if (ordinal === 0) return 0;
    if (ordinal > this.#positions.length) await this.learn(Number.POSITIVE_INFINITY);
    return this.#positions[ordinal - 1] ?? Number.MAX_SAFE_INTEGER;
  }

  /** One look at a time: many appends at once would all read the same. */
  learn(position: number): Promise<void> {
    const learning = this.#learning.then(async () => {
      if (position <= (this.#positions.at(-1) ?? 0)) return;
      for await (const page of this.#witness.readAll({ after: this.#positions.at(-1) ?? 0 }).pages()) this.#positions.push(...page.map((event) => event.position));
    });
    this.#learning = learning.catch(() => undefined);
    return learning;
  }
}
