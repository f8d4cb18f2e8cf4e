import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import { apiCode, CONSUMER_NOT_FOUND } from './nats-failure.js';

/** Sequence number behind the last message handled under this name; null when the name is new. */
export async function sequenceBehindHandled(jsm: JetStreamManager, stream: string, durable: string): Promise<number | null> {
  const info = await consumerInfo(jsm, stream, durable);
  return info === null ? null : Math.max(info.ack_floor.stream_seq + 1, info.config.opt_start_seq ?? 1);
}

/**
 * A durable consumer of this configuration in place of one of that name: the old one would hold back for a while what it had sent
 * to a reader that is gone, and send later facts first. What the server did not take is said.
 */
export async function replaceConsumer(
  jsm: JetStreamManager,
  stream: string,
  config: Partial<ConsumerConfig> & { readonly durable_name: string },
  onNotice: (line: string) => void,
): Promise<void> {
  const { durable_name: name } = config;
  try {
    await jsm.consumers.delete(stream, name);
  } catch (error) {
    if (apiCode(error) !== CONSUMER_NOT_FOUND) throw error;
  }
  const made = await jsm.consumers.add(stream, config);
  const ignored = COMPARED.filter((key) => made.config[key] !== config[key]);
  if (ignored.length > 0) onNotice(`this NATS server does not take ${ignored.join(', ')} of the consumer ${name}`);
}

const COMPARED = ['ack_policy', 'ack_wait', 'max_ack_pending', 'inactive_threshold', 'filter_subject'] as const satisfies readonly (keyof ConsumerConfig)[];

async function consumerInfo(jsm: JetStreamManager, stream: string, name: string): Promise<ConsumerInfo | null> {
  try {
    return await jsm.consumers.info(stream, name);
  } catch (error) {
    if (apiCode(error) === CONSUMER_NOT_FOUND) return null;
    throw error;
  }
}
