import { liveIterator } from './live-iterator.js';

type Source = { push(value: string): void; end(error?: Error): void; stopped: number };

function opened(options = {}): { source: Source; values: AsyncIterableIterator<string> } {
  const source: Source = { push: () => undefined, end: () => undefined, stopped: 0 };
  const values = liveIterator<string>((push, end) => {
    Object.assign(source, { push, end });
    return () => void (source.stopped += 1);
  }, options);
  return { source, values };
}

describe('a live iterator', () => {
  it('delivers in order what was pushed before and while the reader waited', async () => {
    const { source, values } = opened();
    source.push('a');
    source.push('b');
    expect((await values.next()).value).toBe('a');
    expect((await values.next()).value).toBe('b');
    const waiting = [values.next(), values.next()];
    source.push('c');
    source.push('d');
    expect((await Promise.all(waiting)).map(({ value }) => value as string)).toEqual(['c', 'd']);
  });

  it('stops its source at once when the reader leaves while waiting, and exactly once', async () => {
    const { source, values } = opened();
    const waiting = [values.next(), values.next()];
    await values.return?.();
    await values.return?.();
    expect(source.stopped).toBe(1);
    expect((await Promise.all(waiting)).every(({ done }) => done)).toBe(true);
    source.push('late');
    expect(await values.next()).toEqual({ value: undefined, done: true });
  });

  it('delivers what is queued, then ends with the source', async () => {
    const { source, values } = opened();
    source.push('a');
    source.end();
    source.end(new Error('too late'));
    expect(await values.next()).toEqual({ value: 'a', done: false });
    expect(await values.next()).toEqual({ value: undefined, done: true });
    expect(source.stopped).toBe(1);
  });

  it('throws the error of its source once, to whoever waits or asks next', async () => {
    const first = opened();
    const waiting = first.values.next();
    first.source.end(new Error('broken'));
    await expect(waiting).rejects.toThrow('broken');
    const second = opened();
    second.source.end(new Error('broken'));
    await expect(second.values.next()).rejects.toThrow('broken');
    expect(await second.values.next()).toEqual({ value: undefined, done: true });
  });

  it('stops a source that ended while it started', async () => {
    let stopped = 0;
    const values = liveIterator<string>((push, end) => {
      push('only');
      end();
      return () => void (stopped += 1);
    });
    expect(stopped).toBe(1);
    expect((await values.next()).value).toBe('only');
    expect((await values.next()).done).toBe(true);
  });

  it('keeps the newest of each key, in the place of the first', async () => {
    const { source, values } = opened({ coalesceBy: (value: string) => value[0] });
    for (const value of ['a1', 'b1', 'a2', 'a3']) source.push(value);
    expect((await values.next()).value).toBe('a3');
    expect((await values.next()).value).toBe('b1');
    source.push('a4');
    expect((await values.next()).value).toBe('a4');
  });

  it('ends a reader that falls more than its queue behind, rather than lose values silently', async () => {
    const { source, values } = opened({ queueMax: 2 });
    source.push('a');
    source.push('b');
    expect(source.stopped).toBe(0);
    source.push('c');
    expect(source.stopped).toBe(1);
    await expect(values.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await values.next()).done).toBe(true);
  });
});
