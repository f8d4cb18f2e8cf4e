import type { Json } from '@slipway/domain';
import type { Signals } from '../signals.js';
import { waitFor } from './wait-for.js';

/** Two ends that signals travel between; for signals within one process they are the same. */
export type SignalsUnderTest = {
  readonly sender: Signals;
  readonly receiver: Signals;
  /** Signals given up on the way, by neither end. */
  readonly lostOnTheWay: () => number;
  [Symbol.asyncDispose](): Promise<void>;
};

/** What every adapter must do. Its whole spec of the port is one call to this. */
export function signalsConformance(adapter: string, open: () => Promise<SignalsUnderTest>): void {
  describe(`${adapter} carries signals`, () => {
    delivering(open);
    limiting(open);
  });
}

type Open = () => Promise<SignalsUnderTest>;

/** Collects what arrives; resolves once the subscription is in force. */
async function collect({ sender, receiver }: SignalsUnderTest, subject: string): Promise<{ received: Json[]; unsubscribe: () => void }> {
  const received: Json[] = [];
  let [isInForce, isQuiet] = [false, false];
  const unsubscribe = receiver.subscribe(subject, (payload) => {
    if (payload === 'in force?') isInForce = true;
    else if (payload === 'the last question') isQuiet = true;
    else received.push(payload);
  });
  const asking = setInterval(() => sender.publish(subject, 'in force?'), 2);
  await waitFor('the subscription', () => isInForce);
  clearInterval(asking);
  sender.publish(subject, 'the last question');
  await waitFor('the end of questions', () => isQuiet);
  return { received, unsubscribe };
}

function delivering(open: Open): void {
  it('delivers what was published, in order, to subscribers of the subject alone', async () => {
    await using test = await open();
    const logs = await collect(test, 'log.appended');
    const others = await collect(test, 'log.appended.more');
    const payloads: Json[] = [{ position: 1 }, [1, 'zwei\n\u2028', null, true], 'text', 0, null, {}];
    for (const payload of payloads) test.sender.publish('log.appended', payload);
    await waitFor('the last one', () => logs.received.length === payloads.length);
    expect(logs.received).toEqual(payloads);
    expect(others.received).toEqual([]);
  });

  it('delivers to every handler a payload of its own', async () => {
    await using test = await open();
    const first = await collect(test, 'proxy.report');
    const second = await collect(test, 'proxy.report');
    const payload = { inFlight: { a: 1 } };
    test.sender.publish('proxy.report', payload);
    payload.inFlight.a = 2;
    await waitFor('both', () => first.received.length === 1 && second.received.length === 1);
    (first.received[0] as typeof payload).inFlight.a = 3;
    expect(second.received).toEqual([{ inFlight: { a: 1 } }]);
  });

  it('tells the publisher too, later than it published', async () => {
    await using test = await open();
    const received: Json[] = [];
    test.sender.subscribe('a', (payload) => received.push(payload));
    test.sender.publish('a', 1);
    expect(received).toEqual([]);
    await waitFor('the own signal', () => received.length > 0);
    expect(received).toEqual([1]);
  });

  it('stops at unsubscribing, of one handler only', async () => {
    await using test = await open();
    const gone = await collect(test, 'a');
    const staying = await collect(test, 'a');
    gone.unsubscribe();
    gone.unsubscribe();
    test.sender.publish('a', 1);
    await waitFor('the other', () => staying.received.length === 1);
    expect(gone.received).toEqual([]);
  });

  it('delivers again after all were gone', async () => {
    await using test = await open();
    (await collect(test, 'a')).unsubscribe();
    const again = await collect(test, 'a');
    test.sender.publish('a', 1);
    await waitFor('the signal', () => again.received.length === 1);
  });

  it('lets a handler subscribe, unsubscribe and publish', async () => {
    await using test = await open();
    const replies = await collect(test, 'reply');
    const unsubscribe = test.sender.subscribe('ask', () => {
      unsubscribe();
      test.sender.publish('reply', 'yes');
    });
    test.sender.publish('ask', null);
    await waitFor('the reply', () => replies.received.length === 1);
  });
}

function limiting(open: Open): void {
  it('neither blocks nor grows at a burst: the newest arrive, and the rest is counted', async () => {
    await using test = await open();
    const { received } = await collect(test, 'burst');
    const before = test.sender.droppedCount;
    const count = 50_000;
    for (let index = 0; index < count; index++) test.sender.publish('burst', index);
    await waitFor('the newest', () => received.at(-1) === count - 1);
    expect(received).toEqual([...(received as number[])].sort((a, b) => a - b));
    const ends = new Set([test.sender, test.receiver]);
    const dropped = [...ends].reduce((sum, { droppedCount }) => sum + droppedCount, test.lostOnTheWay());
    expect(received.length + dropped - before).toBe(count);
  });

  it('drops what is too large, and goes on', async () => {
    await using test = await open();
    const { received } = await collect(test, 'a');
    const before = test.sender.droppedCount;
    test.sender.publish('a', 'x'.repeat(300_000));
    const large = 'y'.repeat(250_000);
    test.sender.publish('a', large);
    await waitFor('the next', () => received.length > 0);
    expect(received).toEqual([large]);
    expect(test.sender.droppedCount - before).toBe(1);
  });

  it('refuses malformed subjects', async () => {
    await using test = await open();
    for (const subject of ['', '.', 'a..b', 'a b', 'a\n', '*', 'a"', 'ä', 'a'.repeat(201), 'a.b.c.d.e.f.g.h.i']) {
      expect(() => test.sender.publish(subject, 1)).toThrow('cannot be the subject');
      expect(() => test.receiver.subscribe(subject, () => undefined)).toThrow('cannot be the subject');
    }
  });

  it('is silent after closing, however often', async () => {
    await using test = await open();
    const { received } = await collect(test, 'a');
    test.sender.publish('a', 1);
    await Promise.all([test.receiver.close(), test.receiver.close()]);
    const afterClosing = received.length;
    test.sender.publish('a', 2);
    test.receiver.subscribe('a', (payload) => received.push(payload))();
    test.receiver.publish('a', 3);
    await new Promise(setImmediate);
    expect(received).toHaveLength(afterClosing);
  });
}
