import { EffectWorkers } from './effect-workers.js';

const workers = (performNext: (key: string) => Promise<boolean>, signal: AbortSignal): EffectWorkers =>
  new EffectWorkers(performNext, () => Promise.resolve(), () => undefined, signal);

describe('workers that perform effects', () => {
  it('come to rest when they are told of more while closing', async () => {
    const closing = new AbortController();
    let finish: (owing: boolean) => void = () => undefined;
    const at = workers(() => new Promise((resolve) => (finish = resolve)), closing.signal);
    at.kick('busy');
    closing.abort();
    at.kick('busy');
    at.kick('late');
    finish(true);
    await at.idle();
  });

  it('perform one instance in order and others beside it, until nothing is owed', async () => {
    const owed = new Map<string, number>([
      ['a', 3],
      ['b', 2],
    ]);
    const performed: string[] = [];
    const at = workers(async (key) => {
      await Promise.resolve();
      const left = owed.get(key) ?? 0;
      if (left > 0) performed.push(`${key}${left}`);
      owed.set(key, left - 1);
      return left > 1;
    }, new AbortController().signal);
    at.kick('a');
    at.kick('b');
    await at.idle();
    expect(performed.filter((effect) => effect.startsWith('a'))).toEqual(['a3', 'a2', 'a1']);
    expect(performed).toHaveLength(5);
  });
});
