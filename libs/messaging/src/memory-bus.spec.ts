import { busConformance } from './conformance/bus.conformance.js';
import { sampleFacts } from './conformance/sample-facts.js';
import { createMemoryBus } from './memory-bus.js';

busConformance('a memory bus', async () => {
  const bus = createMemoryBus();
  return { bus, peer: bus, [Symbol.asyncDispose]: async () => bus[Symbol.asyncDispose]() };
});

describe('a memory bus', () => {
  it('forgets the oldest facts past its limit', async () => {
    await using bus = createMemoryBus({ factsMax: 10 });
    const facts = sampleFacts(30);
    await bus.publishFacts(facts, null);
    expect((await bus.facts({ durable: 'reader' }).next()).value).toEqual(facts[20]);
  });
});
