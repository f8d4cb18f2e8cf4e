// Prints the facts of a Slipway cluster, one JSON line each. See README.md.
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const [subject = 'slipway.facts.>', durable = 'fact-consumer'] = process.argv.slice(2);
const STREAM = 'slipway-facts';
const INACTIVE_NS = 24 * 3_600_000_000_000; // the server forgets this consumer a day after it was last seen

const connection = await connect({ servers: process.env.NATS_URL ?? 'localhost:4222', name: durable, maxReconnectAttempts: -1 });
const manager = await jetstreamManager(connection);
await manager.consumers.add(STREAM, {
  durable_name: durable, // it goes on where it stopped, from whichever machine
  filter_subject: subject,
  deliver_policy: DeliverPolicy.All,
  ack_policy: AckPolicy.Explicit,
  max_ack_pending: 1, // a fact that was not handled comes again before any later one, so the order holds over restarts
  inactive_threshold: INACTIVE_NS,
});
const consumer = await jetstream(connection).consumers.get(STREAM, durable);
const messages = await consumer.consume({ max_messages: 100 });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void messages.close());

let newest = 0;
for await (const message of messages) {
  const fact = message.json();
  const position = Number(fact.slipwayposition);
  // Facts come at least once and in order: one at or below a position already handled is a repetition.
  if (position > newest) {
    // To notice a fact the bus has lost, compare slipwayprevious with the position handled last (when reading slipway.facts.>).
    if (newest > 0 && subject.endsWith('facts.>') && Number(fact.slipwayprevious) > newest) console.error(`missed the facts from ${newest} to ${fact.slipwayprevious}`);
    // Pass over types you do not know: new ones, and new versions of old ones, come with new releases.
    console.log(JSON.stringify({ position, type: fact.type, subject: fact.subject, time: fact.time, data: fact.data }));
    newest = position;
  }
  message.ack(); // only once it is handled: otherwise it comes again
}
await connection.drain();
