import fc from 'fast-check';
import { sampleFacts } from '../conformance/sample-facts.js';
import { sendChain, type ChainLink, type SendOutcome } from './fact-chain.js';

/** A stream as JetStream checks it, which answers in any order and may fail or lose any message on its way. */
class CheckedStream {
  readonly ids: string[] = [];
  #running = 0;
  runningMax = 0;

  constructor(private readonly lost: ReadonlySet<string>) {}

  async send(scheduler: fc.Scheduler, { fact, lastSequence, lastMessageId }: ChainLink): Promise<SendOutcome> {
    this.runningMax = Math.max(this.runningMax, ++this.#running);
    const outcome = this.#store(fact.id, lastSequence, lastMessageId);
    await scheduler.schedule(Promise.resolve());
    this.#running--;
    if (outcome === 'lost') throw new Error('timeout');
    return outcome;
  }

  #store(id: string, lastSequence: number, lastMessageId: string | null): SendOutcome | 'lost' {
    if (this.lost.has(id)) return 'lost';
    if (lastSequence !== this.ids.length) return { refused: 'sequence' };
    if (lastMessageId !== null && lastMessageId !== this.ids.at(-1)) return { refused: 'id' };
    return { sequence: this.ids.push(id) };
  }
}

describe('a chain of facts', () => {
  it('is in the stream without holes and counted rightly, whatever is lost on the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 5 }), fc.array(fc.integer({ min: 1, max: 25 })), async (scheduler, count, inFlightMax, lost) => {
        const facts = sampleFacts(count);
        const stream = new CheckedStream(new Set(lost.map((number) => `fact-${number}`)));
        const outcome = await scheduler.waitFor(
          sendChain(facts, { sequence: 0, messageId: null }, ({ id }) => id, inFlightMax, (link) => stream.send(scheduler, link)),
        );
        const expected = facts.findIndex((_, index) => lost.includes(index + 1));
        expect(outcome.published).toBe(expected === -1 ? count : expected);
        expect(stream.ids).toEqual(facts.slice(0, outcome.published).map(({ id }) => id));
        expect(outcome.end.sequence).toBe(outcome.published);
        expect(outcome.broken === null).toBe(outcome.published === count);
        expect(stream.runningMax).toBeLessThanOrEqual(inFlightMax);
      }),
    );
  });

  it('tells a message the server only remembers from one it has', async () => {
    const outcome = await sendChain(sampleFacts(3), { sequence: 10, messageId: null }, ({ id }) => id, 2, async () => ({ sequence: 4 }));
    expect(outcome).toEqual({ published: 0, end: { sequence: 10, messageId: null }, broken: { phantom: true } });
  });
});
