import { AckPolicy, DeliverPolicy, type Consumer, type ConsumerConfig, type JsMsg } from '@nats-io/jetstream';
import { ALL_FACTS_SUBJECT, type Fact } from '@slipway/contracts';
import { BusUnreachableError } from '../bus-errors.js';
import { assertDurable, READ_AHEAD_FACTS_MAX, type FactsOptions } from '../bus.js';
import { Backoff, pause, unlessAborted } from '../pause.js';
import { replaceConsumer, sequenceBehindHandled } from './fact-consumer.js';
import { factIn, sequenceAfter } from './fact-stream-reading.js';
import { apiCode, busErrorOf, isConsumerGone, STREAM_NOT_FOUND } from './nats-failure.js';
import type { Session } from './nats-link.js';

/** A reader's name that nobody used for so long is forgotten by the server. */
export const FACT_READER_INACTIVE_MS = 3_600_000;
const NANOSECONDS_PER_MS = 1_000_000;
/** A fact not handled for so long is sent again. */
const HANDLED_WITHIN_MS = 60_000;
/** One request for facts; a stream or consumer that vanished unseen is noticed within it. */
const PULL_LASTS_MS = 5_000;
const RESTART_FIRST_MS = 20;
const RESTART_MAX_MS = 2_000;
/** Two readers of one name take the consumer from each other: that they read a little in between does not make it well. */
const READ_WELL_AFTER_MS = 10_000;

export type FactReaderOptions = {
  readonly stream: string;
  readonly inactiveMs: number;
  /** Null once the signal aborts. Throws only when the link is closed. */
  readonly session: (signal?: AbortSignal) => Promise<Session | null>;
  /** Makes the stream when it is gone. */
  readonly repair: (session: Session) => Promise<void>;
  readonly onNotice: (line: string) => void;
};

type Reading = { readonly consumer: Consumer; readonly session: Session };

/** Facts by a durable pull consumer, made again at the right place whenever it, its stream or the connection is lost. */
export async function* readFacts(options: FactReaderOptions, { durable, after, subject = ALL_FACTS_SUBJECT, signal }: FactsOptions): AsyncIterableIterator<Fact> {
  assertDurable(durable);
  const restarts = new Backoff(RESTART_FIRST_MS, RESTART_MAX_MS);
  const stopped = signal ?? new AbortController().signal;
  /** Null until a position is known: then the start is where the name stopped. */
  let newest = after ?? null;
  for (;;) {
    const reading = await begin(options, durable, subject, newest, stopped);
    const beganMs = performance.now();
    if (reading === null) return;
    if (reading !== 'again') {
      for await (const { message, fact } of pull(options, reading, durable, stopped)) {
        if (fact !== null && fact.position > (newest ?? 0)) {
          yield fact;
          newest = fact.position;
        }
        if (stopped.aborted) await message.ackAck().catch(() => false);
        else message.ack();
      }
    }
    if (stopped.aborted) return;
    if (performance.now() - beganMs > READ_WELL_AFTER_MS) restarts.reset();
    await pause(restarts.next(), stopped);
  }
}

async function begin(options: FactReaderOptions, durable: string, subject: string, newest: number | null, stopped: AbortSignal): Promise<Reading | 'again' | null> {
  const { stream, inactiveMs, onNotice } = options;
  const session = await options.session(stopped);
  if (session === null) return null;
  const config = {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    ack_wait: HANDLED_WITHIN_MS * NANOSECONDS_PER_MS,
    max_ack_pending: READ_AHEAD_FACTS_MAX,
    inactive_threshold: inactiveMs * NANOSECONDS_PER_MS,
    // Given a filter, even one that lets everything through, NATS 2.9 counts the whole stream to make the consumer.
    ...(subject !== ALL_FACTS_SUBJECT && { filter_subject: subject }),
  };
  try {
    const make = async (): Promise<Consumer> => {
      const sequence = newest === null ? await sequenceBehindHandled(session.jsm, stream, durable) : await sequenceAfter(session.jsm, stream, newest);
      await replaceConsumer(session.jsm, stream, { ...config, ...startAt(sequence) }, onNotice);
      return session.js.consumers.get(stream, durable);
    };
    return { session, consumer: await unlessAborted(session.lost, make(), () => new BusUnreachableError('the connection is lost')) };
  } catch (error) {
    if (apiCode(error) === STREAM_NOT_FOUND) await options.repair(session).catch((failure: unknown) => onNotice(busErrorOf(failure).message));
    else if (!session.lost.aborted) onNotice(`cannot read facts as ${durable}: ${busErrorOf(error).message}`);
    return 'again';
  }
}

const startAt = (sequence: number | null): Partial<ConsumerConfig> =>
  sequence === null ? { deliver_policy: DeliverPolicy.All } : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: sequence };

/** Messages as they come, without holes, until something is wrong that making the consumer anew mends. */
async function* pull(
  { onNotice }: FactReaderOptions,
  { consumer, session }: Reading,
  durable: string,
  stopped: AbortSignal,
): AsyncGenerator<{ readonly message: JsMsg; readonly fact: Fact | null }, void> {
  const ended = AbortSignal.any([session.lost, stopped]);
  let delivered = 0; // the consumer was made for this
  while (!ended.aborted) {
    const messages = await consumer.fetch({ max_messages: READ_AHEAD_FACTS_MAX, expires: PULL_LASTS_MS });
    const stop = (): void => void messages.close();
    ended.addEventListener('abort', stop, { once: true });
    try {
      for await (const message of messages) {
        if (ended.aborted) return;
        const { deliverySequence, redelivered, streamSequence } = message.info;
        // Lost on the way, or given to another reader of the same name.
        if (deliverySequence !== delivered + 1) return;
        delivered = deliverySequence;
        const fact = factIn(message);
        if (fact === null && !redelivered) onNotice(`message ${streamSequence} of the NATS stream ${message.info.stream} is no fact; it is passed over`);
        yield { message, fact };
      }
    } catch (error) {
      if (isConsumerGone(error)) onNotice(`the consumer ${durable} was deleted, or taken over by another reader of that name; it is made anew`);
      else if (!session.lost.aborted) onNotice(`reading facts as ${durable} begins again: ${busErrorOf(error).message}`);
      return;
    } finally {
      ended.removeEventListener('abort', stop);
      stop();
    }
  }
}
