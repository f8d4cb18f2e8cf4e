import { byHand } from '../nats/testing/nats-admin.js';
import { waitFor } from '../conformance/wait-for.js';
import type { Bus } from '../bus.js';
import { describeWithNats, NatsLab } from '../testing/nats-lab.js';
import { MemorySource } from '../testing/memory-source.js';
import { startRelay, type Relay } from './relay.js';
import * as fs from 'node:fs/promises';
import path from 'node:path';

const STREAM = 'slipway-facts';
/** So that a test that hangs still ends: what takes 20 s on a machine of its own takes 4 min on one ten times as busy. */
const TEST_LIMIT_MS = 900_000;
const REACH_LIMIT_MS = 600_000;

/** Ids in the stream, in its order, as a reader beside it finds them. Needs the last to be of the log's last event. */
async function idsIn(bus: Bus, source: MemorySource): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of bus.facts({ durable: 'count' })) {
    ids.push(id);
    if (id === source.events.at(-1)?.id) break;
  }
  return ids;
}

/** As the server keeps them: what a reader would pass over as known shows here. */
async function countInStream(lab: NatsLab): Promise<number> {
  return byHand(lab.server.url, async (jsm) => (await jsm.streams.info(STREAM)).state.messages);
}

const reach = (source: MemorySource, ...relays: Relay[]): Promise<void> =>
  waitFor('the head of the log', () => relays.every((relay) => relay.health().position === source.events.at(-1)?.position), REACH_LIMIT_MS);

const idsOf = (source: MemorySource): string[] => source.events.map(({ id }) => id);

describeWithNats('the relay on a real nats-server', () => {
  it('brings 50 000 facts through', async () => {
    await using lab = await NatsLab.start();
    const [source, bus] = [new MemorySource(), await lab.connectedBus()];
    source.append(50_000);
    await using relay = startRelay({ source, bus });
    await reach(source, relay);
    expect(await countInStream(lab)).toBe(50_000);
    expect(await idsIn(bus, source)).toEqual(idsOf(source));
  }, TEST_LIMIT_MS);

  it('forced to lead twice leaves each fact once and in order', async () => {
    await using lab = await NatsLab.start();
    // A window so short that ids alone would not do.
    const options = { stream: { duplicateWindowMs: 100 } };
    const [source, ...buses] = [new MemorySource(), await lab.connectedBus(options), await lab.connectedBus(options)];
    source.append(2_000);
    await using first = startRelay({ source, bus: buses[0]! });
    await using second = startRelay({ source, bus: buses[1]! });
    for (let round = 0; round < 40; round++) {
      source.append(1 + ((round * 37) % 150));
      await new Promise(setImmediate);
    }
    await reach(source, first, second);
    expect(await countInStream(lab)).toBe(source.events.length);
    expect(await idsIn(buses[0]!, source)).toEqual(idsOf(source));
  }, TEST_LIMIT_MS);

  it('outlasts kills of the server while it publishes', async () => {
    await using lab = await NatsLab.start();
    const [source, bus] = [new MemorySource(), await lab.connectedBus()];
    await using relay = startRelay({ source, bus });
    for (let kill = 0; kill < 4; kill++) {
      const before = relay.health().position;
      source.append(3_000);
      await waitFor('progress', () => relay.health().position > before);
      await lab.server.kill();
      await lab.server.start();
    }
    await reach(source, relay);
    expect(await countInStream(lab)).toBe(source.events.length);
    expect(await idsIn(bus, source)).toEqual(idsOf(source));
  }, TEST_LIMIT_MS);

  it('publishes again what the server lost of what it had acknowledged', async () => {
    await using lab = await NatsLab.start();
    const [source, bus] = [new MemorySource(), await lab.connectedBus()];
    await using relay = startRelay({ source, bus });
    const data = path.join(lab.directory, 'data');
    source.append(500);
    await reach(source, relay);
    await lab.server.stop();
    await fs.cp(data, `${data}-kept`, { recursive: true });
    await lab.server.start();
    source.append(500);
    await reach(source, relay);
    await lab.server.kill();
    await fs.rm(data, { recursive: true });
    await fs.rename(`${data}-kept`, data);
    await lab.server.start();
    source.append(1);
    await reach(source, relay);
    expect(await countInStream(lab)).toBe(1_001);
    expect(await idsIn(bus, source)).toEqual(idsOf(source));
  }, TEST_LIMIT_MS);

  it.each([
    ['purged', (url: string) => byHand(url, (jsm) => jsm.streams.purge(STREAM))],
    ['deleted', (url: string) => byHand(url, (jsm) => jsm.streams.delete(STREAM))],
  ])('goes on in a stream that was %s by hand, in order and each once', async (_what, alter) => {
    await using lab = await NatsLab.start();
    const [source, bus] = [new MemorySource(), await lab.connectedBus()];
    {
      await using relay = startRelay({ source, bus });
      source.append(200);
      await reach(source, relay);
      await alter(lab.server.url);
      source.append(50);
      await reach(source, relay);
      const ids = await idsIn(bus, source);
      expect(ids).toEqual(idsOf(source).slice(-ids.length));
      expect(ids.length).toBeGreaterThanOrEqual(50);
    }
    await alter(lab.server.url);
    await using next = startRelay({ source, bus });
    await waitFor('the beginning', () => next.health().position > 0);
    await reach(source, next);
    expect(await countInStream(lab)).toBe(250);
  }, TEST_LIMIT_MS);
});
