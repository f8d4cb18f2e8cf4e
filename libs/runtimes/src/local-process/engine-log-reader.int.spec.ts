import { appendFileSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { logFiles, rotateLog } from './engine-log.js';
import { LOG_READ_MAX_BYTES, LOG_READ_MAX_LINES, readEngineLog } from './engine-log-reader.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-log-'));
  path = join(folder, 'engine.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const print = (text: string): void => appendFileSync(path, text);
const KEPT = 2;
/** In the law: more than it rotates, because a line that is not whole yet may lie over all of them. */
const KEPT_ALL = 40;
const rotate = (kept = KEPT) => rotateLog(path, { maxBytes: 0, kept });
const after = async (position: number, withUnfinished = false) => {
  const page = await readEngineLog(path, { after: position, withUnfinished });
  if (page === null) throw new Error('there is no log');
  return { ...page, texts: page.lines.map(({ text }) => text) };
};

describe('a log that is followed', () => {
  it('is told whole, each line once and in order, however it is written in pieces and rotated', async () => {
    const step = fc.oneof({ weight: 4, arbitrary: fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\r', '')) }, { weight: 2, arbitrary: fc.constant('\n') }, { weight: 1, arbitrary: fc.constant(null) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: KEPT_ALL }), async (steps) => {
        path = join(mkdtempSync(join(folder, 'run-')), 'engine.log');
        let [printed, position] = ['', 0];
        print('');
        const told: string[] = [];
        for (const text of steps) {
          if (text === null) await rotate(KEPT_ALL);
          else print(text);
          printed += text ?? '';
          const page = await after(position);
          expect(page.hasGap).toBe(false);
          told.push(...page.texts);
          position = page.position;
        }
        told.push(...(await after(position, true)).texts);
        expect(told).toEqual(printed.split('\n').slice(0, printed.endsWith('\n') || printed === '' ? -1 : undefined));
      }),
      { numRuns: 60 },
    );
  });

  it('goes on where it can when what follows was rotated away, and says so', async () => {
    for (const text of ['one', 'two', 'three', 'four']) {
      print(`${text}\n`);
      await rotate();
    }
    print('five\n');
    // Whether the first line of what is left is whole cannot be told: it is left out.
    expect(await after(0)).toMatchObject({ texts: ['four', 'five'], hasGap: true });
    expect((await logFiles(path)).map(({ from, to }) => [from, to])).toEqual([[8, 14], [14, 19], [19, 24]]);
  });

  it('goes on with what is printed next when somebody empties the file', async () => {
    print('one\ntwo\n');
    const { position } = await after(0);
    truncateSync(path, 0);
    expect(await after(position)).toMatchObject({ texts: [], position: 0, hasGap: true });
    print('three\n');
    expect(await after(0)).toMatchObject({ texts: ['three'], hasGap: false });
  });

  it('cuts a line that is longer than what is read at a time, and leaves out the rest of it', async () => {
    print(`${'x'.repeat(2 * LOG_READ_MAX_BYTES + 10)}\nnext\n`);
    const texts: string[] = [];
    for (let [position, more] = [0, true]; more; ) {
      const page = await after(position);
      texts.push(...page.texts);
      [position, more] = [page.position, page.hasMore];
    }
    expect(texts).toEqual(['x'.repeat(4096), 'next']);
  });

  it('is told so many lines at a time', async () => {
    print('\n'.repeat(LOG_READ_MAX_LINES + 1));
    const { texts, position, hasMore } = await after(0);
    expect([texts.length, position, hasMore]).toEqual([LOG_READ_MAX_LINES, LOG_READ_MAX_LINES, true]);
    expect(await after(position)).toMatchObject({ texts: [''], hasMore: false });
  });

  it('shows nothing of a line from a place inside of it', async () => {
    print('token=secret\nnext\n');
    expect((await after(8)).texts).toEqual(['next']);
  });

  it('shows a last line without an end when it is asked for, as one that is not whole', async () => {
    print('one\r\ntw');
    expect(await after(0)).toMatchObject({ texts: ['one'], position: 5 });
    expect((await readEngineLog(path, { lastLines: 1, withUnfinished: true }))?.lines).toEqual([{ text: 'tw', isCut: true, position: 7 }]);
    expect((await readEngineLog(path, { lastLines: 1 }))?.lines).toEqual([{ text: 'one', isCut: false, position: 5 }]);
  });
});
