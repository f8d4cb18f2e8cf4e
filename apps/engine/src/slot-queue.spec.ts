import { createSlotQueue, type Slot } from './slot-queue.js';

const never = new AbortController().signal;

describe('slot queue', () => {
  it('serves waiters in the order they came', async () => {
    const queue = createSlotQueue({ slots: 1, depthMax: 10 });
    const first = await take(queue.acquire(never));
    const order: number[] = [];
    const waiters = [1, 2, 3].map(async (n) => {
      const slot = await take(queue.acquire(never));
      order.push(n);
      slot.release();
    });
    expect(queue.waiting).toBe(3);
    first.release();
    await Promise.all(waiters);
    expect(order).toEqual([1, 2, 3]);
    expect([queue.running, queue.waiting]).toEqual([0, 0]);
  });

  it('lets an aborted waiter leave at once, and never gives it a place', async () => {
    const queue = createSlotQueue({ slots: 1, depthMax: 10 });
    const first = await take(queue.acquire(never));
    const impatient = new AbortController();
    const gone = queue.acquire(impatient.signal);
    const patient = queue.acquire(never);
    impatient.abort();
    expect(await gone).toBe('aborted');
    expect(queue.waiting).toBe(1);
    first.release();
    (await take(patient)).release();
    expect(queue.running).toBe(0);
  });

  it('says when the line is full, counting free places', async () => {
    const queue = createSlotQueue({ slots: 2, depthMax: 1 });
    expect([queue.hasRoomFor(3), queue.hasRoomFor(4)]).toEqual([true, false]);
    await queue.acquire(never);
    await queue.acquire(never);
    void queue.acquire(never);
    expect(queue.hasRoomFor(1)).toBe(false);
  });

  it('counts a place released twice once', async () => {
    const queue = createSlotQueue({ slots: 2, depthMax: 1 });
    const one = await take(queue.acquire(never));
    await queue.acquire(never);
    one.release();
    one.release();
    expect(queue.running).toBe(1);
  });

  it('refuses one who is gone before asking', async () => {
    const queue = createSlotQueue({ slots: 1, depthMax: 1 });
    expect(await queue.acquire(AbortSignal.abort())).toBe('aborted');
    expect(queue.running).toBe(0);
  });
});

async function take(outcome: Promise<Slot | 'aborted'>): Promise<Slot> {
  const slot = await outcome;
  if (slot === 'aborted') throw new Error('expected a place');
  return slot;
}
