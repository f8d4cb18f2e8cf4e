// eslint-disable-next-line no-restricted-imports -- the plain client is what the bus is measured against
import { AckPolicy, jetstream, jetstreamManager, StorageType, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
// eslint-disable-next-line no-restricted-imports -- as above
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';

const STREAM = 'raw';
const SUBJECT = 'raw.messages';
const READER = 'raw-reader';
/** As the bus has them. */
const IN_FLIGHT_MAX = 256;
const READ_AHEAD_MAX = 256;
const PULL_LASTS_MS = 5_000;

/** The plain client: a stream in files, a message id with every publish and an acknowledgement awaited, but no order asked for. */
export class RawJetStream implements AsyncDisposable {
  readonly #connection: NatsConnection;
  readonly #js: JetStreamClient;
  readonly #jsm: JetStreamManager;

  private constructor(connection: NatsConnection, jsm: JetStreamManager) {
    this.#connection = connection;
    this.#js = jetstream(connection);
    this.#jsm = jsm;
  }

  static async open(url: string): Promise<RawJetStream> {
    const connection = await connect({ servers: url, noAsyncTraces: true }); // as the bus has it: a stack for every request costs a tenth
    const jsm = await jetstreamManager(connection);
    await jsm.streams.add({ name: STREAM, subjects: [SUBJECT], storage: StorageType.File });
    await jsm.consumers.add(STREAM, { durable_name: READER, ack_policy: AckPolicy.Explicit, max_ack_pending: READ_AHEAD_MAX });
    return new RawJetStream(connection, jsm);
  }

  async publish(payloads: readonly string[]): Promise<void> {
    const waiting = payloads.values();
    const send = async (): Promise<void> => {
      for (const payload of waiting) await this.#js.publish(SUBJECT, payload, { msgID: randomUUID() });
    };
    await Promise.all(Array.from({ length: IN_FLIGHT_MAX }, send));
  }

  /** Each acknowledged, none looked into. */
  async consume(count: number): Promise<void> {
    const consumer = await this.#js.consumers.get(STREAM, READER);
    for (let seen = 0; seen < count; ) {
      const messages = await consumer.fetch({ max_messages: Math.min(READ_AHEAD_MAX, count - seen), expires: PULL_LASTS_MS });
      for await (const message of messages) {
        message.ack();
        seen++;
      }
    }
  }

  /** What a stream holds: how many messages, and the sequence number of the last. */
  async contents(stream: string): Promise<{ readonly messages: number; readonly lastSequence: number; readonly bytes: number }> {
    const { messages, last_seq: lastSequence, bytes } = (await this.#jsm.streams.info(stream)).state;
    return { messages, lastSequence, bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#jsm.streams.delete(STREAM).catch(() => undefined); // the run has failed and the server is gone
    await this.#connection.close();
  }
}
