import type { Fact } from '@slipway/contracts';
import type { Bus, FactsOptions } from '../bus.js';
import { markOf, sampleFacts } from './sample-facts.js';

/** Two ends of one bus, which may be the same. */
export type BusUnderTest = { readonly bus: Bus; readonly peer: Bus; [Symbol.asyncDispose](): Promise<void> };

type Open = () => Promise<BusUnderTest>;

/** What every adapter must do with facts. Its signals have a conformance suite of their own. */
export function busConformance(adapter: string, open: Open): void {
  describe(`${adapter} carries facts`, () => {
    publishing(open);
    reading(open);
    ending(open);
  });
}

/** The next facts of a reader, all of them handled. */
async function take(bus: Bus, count: number, options: FactsOptions): Promise<Fact[]> {
  const stop = new AbortController();
  const facts: Fact[] = [];
  for await (const fact of bus.facts({ ...options, signal: stop.signal })) {
    if (facts.push(fact) === count) stop.abort();
  }
  return facts;
}

function publishing(open: Open): void {
  it('gives them as they were, in order, to every reader', async () => {
    await using test = await open();
    const facts = sampleFacts(500);
    expect(await test.bus.publishFacts(facts, null)).toEqual({ published: 500 });
    expect(await take(test.peer, 500, { durable: 'first' })).toEqual(facts);
    expect(await take(test.bus, 500, { durable: 'second' })).toEqual(facts);
  });

  it('knows the last', async () => {
    await using test = await open();
    const facts = sampleFacts(3);
    expect(await test.bus.lastFact()).toBeNull();
    await test.bus.publishFacts(facts, null);
    expect(await test.peer.lastFact()).toEqual(markOf(facts[2]!));
  });

  it('publishes nothing, and says so', async () => {
    await using test = await open();
    expect(await test.bus.publishFacts([], null)).toEqual({ published: 0 });
    await test.bus.publishFacts(sampleFacts(1), null);
    expect(await test.bus.publishFacts([], { id: 'fact-1' })).toEqual({ published: 0 });
  });

  it('refuses what does not follow the last, and names that', async () => {
    await using test = await open();
    const [first, second, third] = sampleFacts(3) as [Fact, Fact, Fact];
    expect(await test.bus.publishFacts([second], first)).toEqual({ outOfStep: { published: 0, lastFact: null } });
    await test.bus.publishFacts([first, second], null);
    expect(await test.peer.publishFacts([third], null)).toEqual({ outOfStep: { published: 0, lastFact: markOf(second) } });
    expect(await test.peer.publishFacts([third], first)).toEqual({ outOfStep: { published: 0, lastFact: markOf(second) } });
    expect(await test.peer.publishFacts([third], second)).toEqual({ published: 1 });
    expect(await take(test.bus, 3, { durable: 'reader' })).toEqual([first, second, third]);
  });

  it('holds each once and in order when two publish at the same time', async () => {
    await using test = await open();
    const facts = sampleFacts(400);
    const publishAll = async (bus: Bus, batch: number): Promise<void> => {
      for (let last = await bus.lastFact(); last?.id !== facts.at(-1)?.id; last = await bus.lastFact()) {
        const from = facts.findIndex(({ id }) => id === last?.id) + 1;
        await bus.publishFacts(facts.slice(from, from + batch), last);
      }
    };
    await Promise.all([publishAll(test.bus, 17), publishAll(test.peer, 31)]);
    const stop = new AbortController();
    const ids: string[] = [];
    await test.bus.publishFacts(sampleFacts(1, 401), facts.at(-1)!);
    for await (const { id } of test.peer.facts({ durable: 'reader', signal: stop.signal })) {
      if (id === 'fact-401') stop.abort();
      else ids.push(id);
    }
    expect(ids).toEqual(facts.map(({ id }) => id));
  });
}

function reading(open: Open): void {
  it('gives those to come as well', async () => {
    await using test = await open();
    const [first, second] = sampleFacts(2) as [Fact, Fact];
    const facts = test.peer.facts({ durable: 'reader' });
    const next = facts.next();
    await test.bus.publishFacts([first], null);
    expect((await next).value).toEqual(first);
    const another = facts.next();
    await test.bus.publishFacts([second], first);
    expect((await another).value).toEqual(second);
    await facts.return?.();
  });

  it('goes on where a name stopped: what was not handled comes again', async () => {
    await using test = await open();
    const facts = sampleFacts(6);
    await test.bus.publishFacts(facts, null);
    await take(test.bus, 2, { durable: 'reader' });
    const again = test.bus.facts({ durable: 'reader', after: 20 });
    expect((await again.next()).value).toEqual(facts[2]);
    expect((await again.next()).value).toEqual(facts[3]);
    await again.return?.();
    expect(await take(test.bus, 2, { durable: 'reader', after: 30 })).toEqual([facts[3], facts[4]]);
    expect(await take(test.peer, 1, { durable: 'reader' })).toEqual([facts[5]]);
  });

  it('gives only later ones than the position the reader knows, wherever the name stopped', async () => {
    await using test = await open();
    const facts = sampleFacts(40);
    await test.bus.publishFacts(facts, null);
    for (const after of [0, 10, 15, 20, 394]) {
      const first = Math.floor(after / 10);
      expect(await take(test.bus, 1, { durable: 'reader', after })).toEqual([facts[first]]);
    }
    const next = take(test.bus, 1, { durable: 'reader', after: 400 });
    await test.bus.publishFacts(sampleFacts(1, 41), facts.at(-1)!);
    expect(await next).toEqual(sampleFacts(1, 41));
  });

  it('gives those of one kind', async () => {
    await using test = await open();
    const facts = sampleFacts(60);
    await test.bus.publishFacts(facts, null);
    const replicas = facts.filter(({ streamId }) => streamId.startsWith('replica-'));
    expect(await take(test.bus, 30, { durable: 'replicas', subject: 'slipway.facts.replica.>' })).toEqual(replicas);
    expect(await take(test.bus, 3, { durable: 'one', subject: 'slipway.facts.replica.ReplicaReady.replica-r=2F4', after: 45 })).toEqual(
      replicas.filter(({ streamId, position }) => streamId === 'replica-r/4' && position > 45).slice(0, 3),
    );
  });

  it.each(['', 'a b', 'a.b', 'a*', 'ä', 'x'.repeat(101)])('refuses %j as the name of a reader', async (durable) => {
    await using test = await open();
    await expect(test.bus.facts({ durable }).next()).rejects.toThrow('cannot be the name of a reader');
  });
}

function ending(open: Open): void {
  it('ends an iteration quietly at the signal, also while it waits', async () => {
    await using test = await open();
    const stop = new AbortController();
    const waiting = test.bus.facts({ durable: 'reader', signal: stop.signal }).next();
    await test.bus.lastFact();
    stop.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect((await test.bus.facts({ durable: 'reader', signal: stop.signal }).next()).done).toBe(true);
  });

  it('ends iterations and refuses the rest once it is closed, however often', async () => {
    await using test = await open();
    const waiting = test.bus.facts({ durable: 'reader' }).next();
    await test.bus.lastFact();
    await Promise.all([test.bus[Symbol.asyncDispose](), test.bus[Symbol.asyncDispose]()]);
    expect((await waiting).done).toBe(true);
    await expect(test.bus.lastFact()).rejects.toThrow('the bus is closed');
    await expect(test.bus.publishFacts(sampleFacts(1), null)).rejects.toThrow('the bus is closed');
    expect(test.bus.status()).toEqual({ connected: false, detail: 'the bus is closed' });
  });

  it('says that it is connected, and that it no longer is', async () => {
    await using test = await open();
    await test.bus.lastFact();
    const seen: boolean[] = [];
    test.bus.onStatus(({ connected }) => seen.push(connected));
    expect(test.bus.status()).toEqual({ connected: true, detail: null });
    await test.bus[Symbol.asyncDispose]();
    expect(seen).toEqual([false]);
  });
}
