import { graphQLContext, requestContext } from '../request/request-context.js';
import { batchLoader, loaderOf } from './batch-loader.js';

function counting(batchMax?: number): { calls: string[][]; load: (key: string) => Promise<string | null> } {
  const calls: string[][] = [];
  const loader = batchLoader<string>(async (keys) => {
    calls.push([...keys]);
    if (keys.includes('bad')) throw new Error('bad key');
    return new Map(keys.filter((key) => key !== 'absent').map((key) => [key, key.toUpperCase()]));
  }, batchMax);
  return { calls, load: (key) => loader.load(key) };
}

describe('a batch loader', () => {
  it('asks once for all keys of a tick, each key once, also those asked for a promise later', async () => {
    const { calls, load } = counting();
    const later = Promise.resolve().then(() => load('c'));
    expect(await Promise.all([load('a'), load('b'), load('a'), load('absent'), later])).toEqual(['A', 'B', 'A', null, 'C']);
    expect(calls).toEqual([['a', 'b', 'absent', 'c']]);
  });

  it('asks again on the next tick, so that a read after a write sees the write', async () => {
    const { calls, load } = counting();
    await load('a');
    await load('a');
    expect(calls).toEqual([['a'], ['a']]);
  });

  it('splits batches at their limit, and fails only the batch that failed', async () => {
    const { calls, load } = counting(2);
    const results = await Promise.allSettled(['a', 'b', 'bad', 'c', 'd'].map(load));
    expect(calls).toEqual([['a', 'b'], ['bad', 'c'], ['d']]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled']);
  });

  it('is made once per request and name', () => {
    const context = graphQLContext(requestContext('ada', () => null));
    const make = () => batchLoader<string>(async () => new Map());
    const first = loaderOf(context, 'revision', make);
    expect(loaderOf(context, 'revision', make)).toBe(first);
    expect(loaderOf(context, 'deployment', make)).not.toBe(first);
  });
});
