import type { Fact } from '@slipway/contracts';
import type { Bus } from '../bus.js';
import { sampleFact, sampleFacts } from '../conformance/sample-facts.js';
import { waitFor } from '../conformance/wait-for.js';
import { createMemoryBus } from '../memory-bus.js';
import { MemorySource } from '../testing/memory-source.js';
import { startRelay, type RelayOptions } from './relay.js';

const withoutTrace = ({ metadata: { traceparent: _, ...metadata }, ...fact }: Fact): unknown => ({ ...fact, metadata });

async function firstFacts(bus: Bus, count: number): Promise<Fact[]> {
  const facts: Fact[] = [];
  for await (const fact of bus.facts({ durable: `reader-${count}` })) if (facts.push(fact) === count) break;
  return facts;
}

async function relayAll(source: MemorySource, bus: Bus, options: Partial<RelayOptions> = {}): Promise<void> {
  await using relay = startRelay({ source, bus, ...options });
  const head = await source.head();
  await waitFor('the head of the log', () => relay.health().position === head);
}

describe('the relay', () => {
  it('publishes the whole log in order, each fact naming the one before it', async () => {
    const source = new MemorySource();
    await using bus = createMemoryBus();
    source.append(3_000);
    await relayAll(source, bus);
    expect((await firstFacts(bus, 3_000)).map(withoutTrace)).toEqual(sampleFacts(3_000).map(withoutTrace));
  });

  it('goes on where the stream ends', async () => {
    const source = new MemorySource();
    await using bus = createMemoryBus();
    source.append(10);
    await relayAll(source, bus);
    source.append(10);
    await relayAll(source, bus);
    await relayAll(source, bus);
    expect((await firstFacts(bus, 20)).map(withoutTrace)).toEqual(sampleFacts(20).map(withoutTrace));
    expect((await bus.lastFact())?.id).toBe('fact-20');
  });

  it('publishes what is appended while it runs, and is not behind then', async () => {
    const source = new MemorySource();
    await using bus = createMemoryBus();
    await using relay = startRelay({ source, bus });
    for (const count of [1, 2, 3]) {
      source.append(count);
      await waitFor('the appended', () => relay.health().position === source.events.length * 10);
    }
    await waitFor('rest', () => relay.health().behindMs === 0);
    expect(relay.health()).toEqual({ position: 60, waitingCount: 0, behindMs: 0, error: null });
  });

  it('says once that the stream is of another log, and goes on behind it', async () => {
    const source = new MemorySource();
    await using bus = createMemoryBus();
    const notices: string[] = [];
    source.append(8);
    await bus.publishFacts([{ ...sampleFact(5), id: 'foreign' }], null);
    await relayAll(source, bus, { onNotice: (line) => notices.push(line) });
    expect(notices).toEqual([expect.stringMatching(/foreign at position 50, which this log does not hold; going on behind position 50/)]);
    expect((await firstFacts(bus, 4)).map(({ id }) => id)).toEqual(['foreign', 'fact-6', 'fact-7', 'fact-8']);
  });

  it('goes on at the end of a log that is shorter than the stream', async () => {
    const source = new MemorySource();
    await using bus = createMemoryBus();
    source.append(2);
    await bus.publishFacts([sampleFact(500)], null);
    await using relay = startRelay({ source, bus });
    await waitFor('the start', () => relay.health().position === 20);
    source.append(1);
    await waitFor('the next', () => relay.health().position === 30);
    expect(await bus.lastFact()).toEqual({ id: 'fact-3', position: 30 });
  });

  it('says why it does not get on, and does once the cause is gone', async () => {
    const source = new MemorySource();
    await using bus = createMemoryBus();
    source.append(3);
    let isBroken = true;
    const notices: string[] = [];
    const broken = { follow: source.follow.bind(source), readAfter: source.readAfter.bind(source) };
    const head = (): Promise<number> => source.head();
    const follow: typeof broken.follow = (after, signal) => {
      if (isBroken) throw new Error('the log\nis away');
      return source.follow(after, signal);
    };
    await using relay = startRelay({ source: { ...broken, head, follow }, bus, onNotice: (line) => notices.push(line) });
    await waitFor('the failure', () => relay.health().error === 'the log is away');
    isBroken = false;
    await waitFor('the facts', () => relay.health().position === 30);
    expect(relay.health().error).toBeNull();
    expect(notices).toEqual(['the relay stopped at position 0 and tries again: the log is away']);
  });
});
