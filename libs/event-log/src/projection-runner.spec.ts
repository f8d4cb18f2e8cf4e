import { newEvent, newEvents } from './conformance-events.js';
import { openMemoryEventLog } from './memory-event-log.js';
import { openMemoryProjectionStore } from './memory-projection-store.js';
import { startProjectionRunner } from './projection-runner.js';
import { counter } from './projection-store.conformance.js';

describe('the projection runner', () => {
  it('feeds several projections, each with the events it wants', async () => {
    await using log = openMemoryEventLog();
    const store = openMemoryProjectionStore();
    const started = { ...counter(1, { types: ['Started'] }), name: 'started' };
    const a = { ...counter(1, { streamPrefixes: ['a-'] }), name: 'a' };
    await using runner = startProjectionRunner({ log, store, projections: [started, a] });
    await log.append('a-1', [newEvent('Started'), newEvent('Other')], 'none');
    await log.append('b-1', [newEvent('Started'), newEvent('Ignored')], 'none');
    expect(await runner.waitFor(4, 60_000)).toBe(true);
    expect(store.all(started).get('all')?.count).toBe(2);
    expect(store.all(a).get('all')?.count).toBe(2);
    expect(store.all(a).has('b-1')).toBe(false);
    expect(runner.health().map(({ position, state }) => [position, state])).toEqual([[4, 'following'], [4, 'following']]);
  });

  it('stops a projection at the event it cannot take, says so, and goes on with the others', async () => {
    await using log = openMemoryEventLog();
    const store = openMemoryProjectionStore();
    const sturdy = { ...counter(1, { types: ['Happened'] }), name: 'sturdy' };
    const failures: (string | null)[] = [];
    await log.append('a-1', [newEvent(), newEvent(), newEvent('Fails'), newEvent()], 'none');
    const onFailure = ({ projection }: { projection: string | null }) => void failures.push(projection);
    await using runner = startProjectionRunner({ log, store, projections: [counter(), sturdy], onFailure });
    await runner.ready;
    expect(failures).toEqual(['counter']);
    expect(runner.health()).toMatchObject([
      { name: 'counter', state: 'stopped', error: expect.stringMatching(/position 3: cannot take this/) },
      { name: 'sturdy', position: 4, state: 'following', error: null },
    ]);
    expect(await runner.waitFor(4, 60_000)).toBe(false);
  });

  it('delivers the event again after a restart, and takes it when the projection has been mended', async () => {
    await using log = openMemoryEventLog();
    const store = openMemoryProjectionStore();
    await log.append('a-1', newEvents(2), 'none');
    {
      await using runner = startProjectionRunner({ log, store, projections: [counter()] });
      await runner.ready;
      await log.append('a-1', [newEvent(), newEvent('Fails'), newEvent()], 1);
      expect(await runner.waitFor(5, 60_000)).toBe(false);
      expect(runner.health()).toMatchObject([{ position: 3, state: 'stopped' }]);
    }
    const mended = { ...counter(), apply: () => ({ streamId: '', count: 99, types: [] }) };
    await using runner = startProjectionRunner({ log, store, projections: [mended] });
    await runner.ready;
    expect(runner.health()).toMatchObject([{ position: 5, state: 'following' }]);
  });

  it('tries again when told to, without a restart', async () => {
    await using log = openMemoryEventLog();
    const store = openMemoryProjectionStore();
    let failing = true;
    const flaky = { ...counter(), parse: () => (failing ? JSON.parse('{') : 'Happened') };
    await log.append('a-1', newEvents(3), 'none');
    await using runner = startProjectionRunner({ log, store, projections: [flaky] });
    await runner.ready;
    expect(runner.health()).toMatchObject([{ state: 'stopped' }]);
    failing = false;
    runner.retry('counter');
    await until(() => runner.health()[0]?.position === 3);
    expect(store.all(flaky).get('all')?.count).toBe(3);
  });

  it('rebuilds beside and switches, while events keep coming and readers see whole rows', async () => {
    await using log = openMemoryEventLog();
    const store = openMemoryProjectionStore();
    await log.append('a-1', newEvents(500), 'none');
    await using runner = startProjectionRunner({ log, store, projections: [counter()] });
    await runner.ready;
    const counts: number[] = [];
    const rebuilding = Promise.all([runner.rebuild('counter'), runner.rebuild('counter')]);
    for (let round = 0; round < 50; round++) {
      await log.append('a-2', newEvents(2), 'any');
      counts.push(store.all(counter()).get('all')?.count ?? 0);
    }
    await rebuilding;
    expect(await runner.waitFor(600, 60_000)).toBe(true);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(store.all(counter()).get('all')?.count).toBe(600);
    const digest = await store.digest(counter(), 'live');
    await runner.rebuild('counter');
    expect(await store.digest(counter(), 'live')).toEqual(digest);
  });

  it('gives up waiting after the time it was given', async () => {
    await using log = openMemoryEventLog();
    await using runner = startProjectionRunner({ log, store: openMemoryProjectionStore(), projections: [counter()] });
    expect(await runner.waitFor(1, 5)).toBe(false);
    expect(await runner.waitFor(0, 5)).toBe(true);
  });

  it('goes on where it was after its store failed for a while', async () => {
    await using log = openMemoryEventLog();
    const memory = openMemoryProjectionStore();
    let failures = 2;
    const store = { ...memory, commit: async (changes: Parameters<typeof memory.commit>[0]) => (failures-- > 0 ? Promise.reject(new Error('disk full')) : memory.commit(changes)) };
    const errors: unknown[] = [];
    await using runner = startProjectionRunner({ log, store, projections: [counter()], onFailure: ({ error }) => void errors.push(error) });
    await log.append('a-1', newEvents(5), 'none');
    expect(await runner.waitFor(5, 60_000)).toBe(true);
    expect(errors).toHaveLength(2);
    expect(runner.health()).toMatchObject([{ error: null }]);
    expect(memory.all(counter()).get('all')?.count).toBe(5);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
