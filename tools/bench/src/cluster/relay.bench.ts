import { factOf, relaySourceOf } from '@slipway/cluster';
import { toFactEnvelope } from '@slipway/contracts';
import type { EventLogReader } from '@slipway/event-log';
import type { Bus } from '@slipway/messaging';
import { startRelay } from '@slipway/messaging/relay';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClusterRun } from './cluster-run.js';
import type { RawJetStream } from './raw-jetstream.js';

const RAW_MESSAGES_MAX = 30_000;
const LOOK_MS = 5;

/** Relays the whole log, a part of it each round, in turns with plain publishes of the same messages. */
export async function benchRelay({ rounds, progress, samples }: ClusterRun, log: EventLogReader, bus: Bus, raw: RawJetStream): Promise<number> {
  const head = await log.head();
  let relayed = 0;
  let published = 0;
  for (let round = 0; round < rounds; round++) {
    progress(`cluster: relaying, round ${round + 1} of ${rounds}`);
    const payloads = await payloadsAfter(log, relayed);
    const startedAtMs = performance.now();
    await raw.publish(payloads);
    samples.add('relay.raw', (payloads.length * 1_000) / (performance.now() - startedAtMs));
    published += payloads.length;
    const reached = await relayThrough(log, bus, Math.ceil((head * (round + 1)) / rounds));
    samples.add('relay', ((reached.position - relayed) * 1_000) / reached.elapsedMs);
    relayed = reached.position;
  }
  return published;
}

async function relayThrough(log: EventLogReader, bus: Bus, target: number): Promise<{ readonly position: number; readonly elapsedMs: number }> {
  const notices: string[] = [];
  const startedAtMs = performance.now();
  await using relay = startRelay({ source: relaySourceOf(log), bus, onNotice: (line) => notices.push(line) });
  while (relay.health().position < target) {
    await wait(LOOK_MS);
    if (notices.length > 0) throw new Error(`the relay was disturbed: ${notices.join('; ')}`);
  }
  await relay[Symbol.asyncDispose](); // what was under way is published
  const elapsedMs = performance.now() - startedAtMs;
  return { position: relay.health().position, elapsedMs };
}

async function payloadsAfter(log: EventLogReader, after: number): Promise<readonly string[]> {
  const payloads: string[] = [];
  for await (const event of log.readAll({ after, limit: RAW_MESSAGES_MAX })) payloads.push(JSON.stringify(toFactEnvelope(factOf(event, event.position - 1))));
  return payloads;
}

/** Reads every fact through the bus, in turns with plain reads, and sees that none is missing or comes twice. */
export async function benchConsume({ rounds, progress, samples }: ClusterRun, head: number, bus: Bus, raw: RawJetStream, rawMessages: number): Promise<void> {
  let position = 0;
  const facts = bus.facts({ durable: 'bench', after: 0 });
  for (let round = 0; round < rounds; round++) {
    progress(`cluster: reading facts, round ${round + 1} of ${rounds}`);
    const [from, target] = [position, Math.floor((head * (round + 1)) / rounds)];
    const startedAtMs = performance.now();
    while (position < target) {
      const { value: fact } = (await facts.next()) as { value?: { readonly position: number; readonly previousPosition: number } };
      if (fact?.previousPosition !== position) throw new Error(`behind position ${position} came ${JSON.stringify(fact ?? null)}`);
      position = fact.position;
    }
    samples.add('consume', ((position - from) * 1_000) / (performance.now() - startedAtMs));
    await addRawReading(samples, raw, Math.floor(rawMessages / rounds));
  }
  await facts.return?.();
}

async function addRawReading(samples: ClusterRun['samples'], raw: RawJetStream, count: number): Promise<void> {
  const startedAtMs = performance.now();
  await raw.consume(count);
  samples.add('consume.raw', (count * 1_000) / (performance.now() - startedAtMs));
}
