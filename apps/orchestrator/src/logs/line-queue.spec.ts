import { LineQueue, type ToldLine } from './line-queue.js';

const line = (position: number) => ({ text: `line ${position}`, isCut: false, position });
const shown = ({ text, skippedLines }: ToldLine): string => (skippedLines === 0 ? text : `${text} after ${skippedLines}`);

describe('lines on their way to a reader', () => {
  it('come in order, and all of them to one that is quick enough', async () => {
    const queue = new LineQueue(() => undefined, 2);
    const [first, second] = [queue.next(), queue.next];
    queue.push(line(1));
    expect((await first).value).toMatchObject(line(1));
    for (const position of [2, 3]) queue.push(line(position));
    queue.end();
    expect([await second.call(queue), await queue.next(), await queue.next()].map(({ value }) => value?.text)).toEqual(['line 2', 'line 3', undefined]);
  });

  it('are let go, the oldest first, when too many wait; the next one says how many', async () => {
    const queue = new LineQueue(() => undefined, 3);
    for (let position = 1; position <= 10; position++) queue.push(line(position));
    expect(queue.isFull).toBe(true);
    queue.end();
    expect((await Array.fromAsync(queue)).map(shown)).toEqual(['line 8 after 7', 'line 9', 'line 10']);
  });

  it('say what was missing before they came, also when they are let go themselves', async () => {
    const queue = new LineQueue(() => undefined, 1);
    queue.skip(2);
    queue.push(line(3));
    queue.push(line(4));
    queue.end();
    expect((await Array.fromAsync(queue)).map(shown)).toEqual(['line 4 after 3']);
  });

  it('make room as they are taken', async () => {
    const queue = new LineQueue(() => undefined, 1);
    queue.push(line(1));
    const taken = queue.taken();
    await queue.next();
    await taken;
    expect(queue.isFull).toBe(false);
  });

  it('are told before the error that ended them', async () => {
    const queue = new LineQueue(() => undefined);
    queue.push(line(1));
    queue.end(new Error('away'));
    expect((await queue.next()).value).toMatchObject(line(1));
    await expect(queue.next()).rejects.toThrow('away');
    expect((await queue.next()).done).toBe(true);
  });

  it('end at once for a reader that leaves while it waits, and are told so once', async () => {
    let left = 0;
    const queue = new LineQueue(() => (left += 1));
    const waiting = queue.next();
    await queue.return();
    expect((await waiting).done).toBe(true);
    queue.push(line(1));
    queue.end(new Error('late'));
    expect([(await queue.next()).done, left]).toEqual([true, 1]);
  });
});
