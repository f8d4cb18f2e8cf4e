import { Readable, Writable } from 'node:stream';
import { processTerminal } from './terminal.js';

function written(isTTY: boolean, nowMs: () => number = () => 1_000) {
  const texts = { out: '', err: '' };
  const stream = (name: 'out' | 'err') =>
    Object.assign(new Writable({ write: (chunk: Buffer, _encoding, done) => ((texts[name] += chunk.toString()), done()) }), { isTTY });
  const terminal = processTerminal(Readable.from([]), stream('out') as unknown as NodeJS.WriteStream, stream('err') as unknown as NodeJS.WriteStream, nowMs);
  return { terminal, texts };
}

describe('the terminal', () => {
  it('keeps answers and notes apart', () => {
    const { terminal, texts } = written(false);
    terminal.answer('42');
    terminal.note('a note');
    expect(texts).toEqual({ out: '42\n', err: 'a note\n' });
  });

  it('shows progress to people only, and takes it away before anything else is said', () => {
    const silent = written(false);
    silent.terminal.progress('1 of 2');
    expect(silent.texts.err).toBe('');
    const watched = written(true);
    watched.terminal.progress('1 of 2');
    watched.terminal.answer('done');
    expect(watched.texts).toEqual({ out: 'done\n', err: '\r\u001b[K1 of 2\r\u001b[K' });
  });

  it('shows progress no more often than it can be seen', () => {
    let nowMs = 1_000;
    const { terminal, texts } = written(true, () => nowMs);
    for (let step = 0; step < 1_000; step++) {
      nowMs += 1;
      terminal.progress(String(step));
    }
    expect(texts.err.split('\r').length - 1).toBeLessThanOrEqual(11);
  });
});
