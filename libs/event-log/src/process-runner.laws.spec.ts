import type { EventLog } from './event-log.js';
import { ManualClock } from './manual-clock.js';
import { openMemoryEventLog } from './memory-event-log.js';
import { openMemorySnapshots } from './memory-snapshots.js';
import { CLOSE_AFTER_MS, orderDefinition, orderItem, orderOf, type Order } from './order-process.js';
import { startProcessRunner } from './process-runner.js';
import type { Snapshots } from './snapshots.js';

const KEYS = ['1', '2', '3'];

/** A process's life is over at its n-th step: before or after any append, before or after performing any effect. */
class Life {
  steps = 0;
  over = false;
  readonly #endsAt: number;

  constructor(endsAt: number) {
    this.#endsAt = endsAt;
  }

  step(): void {
    if (this.over || ++this.steps === this.#endsAt) {
      this.over = true;
      throw new Error('the process is dead');
    }
  }
}

describe('a process under crashes', () => {
  it.each([false, true])('ends as if there had been none, wherever it is cut short (snapshots kept: %s)', async (kept) => {
    const undisturbed = await live([Number.POSITIVE_INFINITY], kept);
    expect(undisturbed.steps).toBeGreaterThan(60);
    for (let endsAt = 1; endsAt <= undisturbed.steps; endsAt++) {
      const disturbed = await live([endsAt, Number.POSITIVE_INFINITY], kept);
      expect({ endsAt, orders: disturbed.orders }).toEqual({ endsAt, orders: undisturbed.orders });
      expect({ endsAt, effects: [...disturbed.performed].sort() }).toEqual({ endsAt, effects: [...undisturbed.performed].sort() });
    }
  });

  it('does so when it is cut short again and again', async () => {
    const undisturbed = await live([Number.POSITIVE_INFINITY], false);
    expect(undisturbed.performed.size).toBe(KEYS.length * 5);
    for (const every of [3, 7, 11]) {
      const disturbed = await live([...Array<number>(80).fill(every), Number.POSITIVE_INFINITY], false);
      expect(disturbed.orders).toEqual(undisturbed.orders);
      expect(disturbed.performed).toEqual(undisturbed.performed);
    }
  });
});

/** Runs the shop through as many lives as are given, and the last one to its end. */
async function live(ends: readonly number[], keepSnapshots: boolean) {
  await using log = openMemoryEventLog();
  const clock = new ManualClock(1_000_000);
  const snapshots = keepSnapshots ? openMemorySnapshots() : undefined;
  const performed = new Set<string>();
  for (const item of ['hat', 'coat']) for (const key of KEYS) await orderItem(log, key, item);
  let steps = 0;
  for (const endsAt of ends) {
    const life = new Life(endsAt);
    await liveOnce(log, clock, life, performed, snapshots);
    steps = life.steps;
    if (!life.over) break;
  }
  const orders: Order[] = [];
  for (const key of KEYS) orders.push(await orderOf(log, key));
  return { orders, performed, steps };
}

async function liveOnce(real: EventLog, clock: ManualClock, life: Life, performed: Set<string>, snapshots: Snapshots | undefined): Promise<void> {
  const log: EventLog = {
    ...bound(real),
    async append(...request) {
      life.step();
      const outcome = await real.append(...request);
      life.step();
      return outcome;
    },
  };
  const definition = orderDefinition(log, async (effect, { key }) => {
    life.step();
    performed.add([key, effect.type, 'item' in effect ? effect.item : ''].join(' '));
    life.step();
  });
  await using runner = startProcessRunner(definition, { log, clock, ...(snapshots && { snapshots, indexEveryRecords: 3 }) });
  const facts = { direction: 'backwards', limit: 1, filter: definition.filter } as const;
  while (!life.over) {
    await new Promise((resolve) => setImmediate(resolve));
    const { position, instancesOwing, timersArmed, state } = runner.health();
    const [last] = await Array.fromAsync(real.readAll(facts));
    if (state !== 'following' || position < (last?.position ?? 0) || instancesOwing > 0) continue;
    if (timersArmed === 0) return;
    clock.advance(CLOSE_AFTER_MS);
  }
}

const bound = (log: EventLog): EventLog => ({
  append: (...request) => log.append(...request),
  readStream: (...request) => log.readStream(...request),
  readAll: (...request) => log.readAll(...request),
  follow: (...request) => log.follow(...request),
  followStream: (...request) => log.followStream(...request),
  listStreams: (...request) => log.listStreams(...request),
  findEvent: (...request) => log.findEvent(...request),
  head: () => log.head(),
  [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
});
