import type { Fact } from '@slipway/contracts';
import type { Bus, BusStatus, FactMark, FactsOptions, PublishOutcome } from '../bus.js';
import { BusClosedError } from '../bus-errors.js';
import type { Signals, Unsubscribe } from '../signals.js';
import { FactPublisher } from './fact-publisher.js';
import { FACT_READER_INACTIVE_MS, readFacts, type FactReaderOptions } from './fact-reader.js';
import { ensureFactStream, FACT_STREAM_NAME, type FactStreamSettings } from './fact-stream.js';
import { NatsLink, type NatsLinkOptions, type Session } from './nats-link.js';
import { NatsSignals } from './nats-signals.js';

export { FACT_STREAM_DUPLICATE_WINDOW_MS, FACT_STREAM_MAX_AGE_MS, FACT_STREAM_MAX_BYTES, FACT_STREAM_NAME } from './fact-stream.js';
export { FACT_READER_INACTIVE_MS } from './fact-reader.js';

/** For so long a method waits for a server that does not answer before it throws. */
export const NATS_WAIT_MS = 5_000;

export type NatsBusOptions = NatsLinkOptions & {
  readonly stream?: FactStreamSettings;
  /** Milliseconds after which the server forgets the name of a reader that is gone. */
  readonly readerInactiveMs?: number;
  readonly waitMs?: number;
  /** One line each: what was found wrong and put right. The same line is not given twice in a row. */
  readonly onNotice?: (line: string) => void;
};

/**
 * A bus over NATS 2.9 or newer with JetStream. Resolves at once, also while there is no server: `status` says so, and the
 * connection is tried for ever. Throws only when the servers are not written as addresses.
 */
export async function openNatsBus(options: NatsBusOptions): Promise<Bus> {
  return new NatsBus(options);
}

class NatsBus implements Bus {
  readonly signals: Signals;
  readonly #link: NatsLink;
  readonly #publisher: FactPublisher;
  readonly #reading: FactReaderOptions;
  readonly #closing = new AbortController();
  readonly #repairs = new Map<Session, Promise<void>>();

  constructor({ stream = {}, readerInactiveMs = FACT_READER_INACTIVE_MS, waitMs = NATS_WAIT_MS, onNotice = () => undefined, ...link }: NatsBusOptions) {
    let lastLine = '';
    const notice = (line: string): void => {
      if (line !== lastLine) onNotice(line);
      lastLine = line;
    };
    const name = stream.streamName ?? FACT_STREAM_NAME;
    this.#link = new NatsLink(link, (jsm) => ensureFactStream(jsm, stream, notice), notice);
    const repair = (session: Session): Promise<void> => this.#repair(session, name, stream, notice);
    const session = async (): Promise<Session> => {
      const found = await this.#link.session(waitMs);
      if (found === null) throw new BusClosedError();
      return found;
    };
    this.#publisher = new FactPublisher(name, session, repair);
    this.#reading = { stream: name, inactiveMs: readerInactiveMs, session: (signal) => this.#link.session(Infinity, signal), repair, onNotice: notice };
    this.signals = new NatsSignals(this.#link);
  }

  publishFacts(facts: readonly Fact[], after: { readonly id: string } | null): Promise<PublishOutcome> {
    return this.#publisher.publish(facts, after);
  }

  lastFact(): Promise<FactMark | null> {
    return this.#publisher.lastFact();
  }

  facts(options: FactsOptions): AsyncIterableIterator<Fact> {
    const closing = this.#closing.signal;
    return readFacts(this.#reading, { ...options, signal: options.signal === undefined ? closing : AbortSignal.any([closing, options.signal]) });
  }

  status(): BusStatus {
    return this.#link.status();
  }

  onStatus(listener: (status: BusStatus) => void): Unsubscribe {
    let last = JSON.stringify(this.status());
    return this.#link.onChange(() => {
      const status = this.status();
      const text = JSON.stringify(status);
      if (text === last) return;
      last = text;
      listener(status);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.signals.close();
    await this.#link.close();
  }

  /** Once for all who find the stream missing or altered at the same time. */
  #repair(session: Session, name: string, settings: FactStreamSettings, notice: (line: string) => void): Promise<void> {
    const running = this.#repairs.get(session);
    if (running !== undefined) return running;
    const repair = (async (): Promise<void> => {
      const { wasMissing } = await ensureFactStream(session.jsm, settings, notice);
      if (wasMissing) notice(`the NATS stream ${name} was gone; it is made anew`);
    })().finally(() => this.#repairs.delete(session));
    this.#repairs.set(session, repair);
    return repair;
  }
}
