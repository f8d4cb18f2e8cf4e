import { factSubject, toFactEnvelope, type Fact } from '@slipway/contracts';
import { BusUnreachableError } from '../bus-errors.js';
import { PUBLISH_IN_FLIGHT_MAX, type FactMark, type PublishOutcome } from '../bus.js';
import { unlessAborted } from '../pause.js';
import { sendChain, type ChainEnd, type ChainLink, type ChainOutcome, type SendOutcome } from './fact-chain.js';
import { readTail, type StreamTail } from './fact-stream-reading.js';
import { apiCode, busErrorOf, isNobodyListening, WRONG_LAST_MESSAGE_ID, WRONG_LAST_SEQUENCE } from './nats-failure.js';
import type { Session } from './nats-link.js';

const PUBLISH_ACKNOWLEDGED_WITHIN_MS = 5_000;
/** Looks at where the stream ends that find it where it was believed, before the publisher is out of step after all. */
const LOOKS_MAX = 3;

type Believed = { readonly session: Session; readonly factId: string; readonly end: ChainEnd };

/** Publishes behind what the stream holds. Nothing is kept but where it ended, which every publish makes the server check. */
export class FactPublisher {
  readonly #stream: string;
  readonly #session: () => Promise<Session>;
  readonly #repair: (session: Session) => Promise<void>;
  #believed: Believed | null = null;

  /** `repair` makes the stream when it is gone, and puts right what somebody altered in it. */
  constructor(stream: string, session: () => Promise<Session>, repair: (session: Session) => Promise<void>) {
    this.#stream = stream;
    this.#session = session;
    this.#repair = repair;
  }

  async lastFact(): Promise<FactMark | null> {
    const session = await this.#session();
    return (await this.#tail(session)).fact;
  }

  async publish(facts: readonly Fact[], after: { readonly id: string } | null): Promise<PublishOutcome> {
    const session = await this.#session();
    let [published, afterId] = [0, after?.id];
    let isRepaired = false;
    let end = this.#endBehind(session, afterId);
    let idOf = (fact: Fact, _sequence: number): string => fact.id;
    for (let look = 0; look < LOOKS_MAX; look++) {
      if (end === null) {
        const tail = await this.#tail(session);
        if (tail.fact?.id !== afterId) return { outOfStep: { published, lastFact: tail.fact } };
        // Not the message id: 2.9 has forgotten it after a restart when it is older than the duplicate window.
        end = { sequence: tail.sequence, messageId: null };
      }
      const outcome = await this.#send(session, facts.slice(published), end, idOf);
      published += outcome.published;
      afterId = published === 0 ? afterId : facts[published - 1]?.id;
      this.#believed = afterId === undefined || outcome.broken !== null ? null : { session, factId: afterId, end: outcome.end };
      if (outcome.broken === null) return { published };
      if ('error' in outcome.broken) {
        const { error } = outcome.broken;
        if (!isNobodyListening(error) && (isRepaired || apiCode(error) === null)) throw busErrorOf(error);
        await this.#guarded(session, this.#repair(session)); // gone, or the stream itself refuses the message: by a limit of its size, say
        isRepaired = true;
      }
      if ('phantom' in outcome.broken) idOf = (fact, sequence) => `${fact.id}.${sequence}`;
      end = null;
    }
    return { outOfStep: { published, lastFact: (await this.#tail(session)).fact } };
  }

  #endBehind(session: Session, afterId: string | undefined): ChainEnd | null {
    const believed = this.#believed;
    return believed !== null && believed.session === session && believed.factId === afterId ? believed.end : null;
  }

  async #tail(session: Session): Promise<StreamTail> {
    const read = async (): Promise<StreamTail> => {
      const tail = await readTail(session.jsm, this.#stream);
      if (tail !== null) return tail;
      await this.#repair(session);
      return { sequence: 0, fact: null };
    };
    return this.#guarded(session, read());
  }

  #send(session: Session, facts: readonly Fact[], end: ChainEnd, idOf: (fact: Fact, sequence: number) => string): Promise<ChainOutcome> {
    return this.#guarded(session, sendChain(facts, end, idOf, PUBLISH_IN_FLIGHT_MAX, (link) => this.#sendOne(session, link)));
  }

  async #sendOne(session: Session, { fact, messageId, lastSequence, lastMessageId }: ChainLink): Promise<SendOutcome> {
    try {
      const acknowledged = await session.js.publish(factSubject(fact), JSON.stringify(toFactEnvelope(fact)), {
        msgID: messageId,
        expect: { streamName: this.#stream, lastSequence, ...(lastMessageId !== null && { lastMsgID: lastMessageId }) },
        timeout: PUBLISH_ACKNOWLEDGED_WITHIN_MS,
      });
      return { sequence: acknowledged.seq };
    } catch (error) {
      const code = apiCode(error);
      if (code === WRONG_LAST_SEQUENCE || code === WRONG_LAST_MESSAGE_ID) return { refused: (error as Error).message };
      throw error;
    }
  }

  async #guarded<T>(session: Session, work: Promise<T>): Promise<T> {
    try {
      return await unlessAborted(session.lost, work, () => new BusUnreachableError('NATS does not answer: the connection is lost'));
    } catch (error) {
      this.#believed = null;
      throw busErrorOf(error);
    }
  }
}
