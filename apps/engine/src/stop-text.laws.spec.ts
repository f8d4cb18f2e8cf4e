import fc from 'fast-check';
import { createStopText } from './stop-text.js';

const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 4 }), { maxLength: 20 });
const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), { maxLength: 4 });

describe('stop texts', () => {
  it('never show any part of the stop text, and show everything before it', () => {
    fc.assert(
      fc.property(pieces, stops, (texts, marks) => {
        const shown = show(texts, marks);
        const whole = texts.join('');
        expect(whole.startsWith(shown.text)).toBe(true);
        expect(marks.some((mark) => shown.text.includes(mark))).toBe(false);
        if (!shown.stopped) expect(shown.text).toBe(whole);
        else expect(marks.some((mark) => whole.startsWith(mark, shown.text.length))).toBe(true);
      }),
    );
  });

  it('give the same text however it is cut into pieces', () => {
    fc.assert(
      fc.property(pieces, stops, (texts, marks) => {
        const whole = texts.join('');
        expect(show(texts, marks)).toEqual(show([whole], marks));
        expect(show(texts, marks)).toEqual(show([...whole], marks));
      }),
    );
  });

  it('hold back no more than could still become a stop text', () => {
    const stop = createStopText(['END']);
    expect(stop.push('the E')).toEqual({ text: 'the ', stopped: false });
    expect(stop.push('ast')).toEqual({ text: 'East', stopped: false });
    expect(stop.push('EN')).toEqual({ text: '', stopped: false });
    expect(stop.flush()).toBe('EN');
  });
});

function show(texts: readonly string[], marks: readonly string[]): { text: string; stopped: boolean } {
  const stop = createStopText(marks);
  let text = '';
  for (const piece of texts) {
    const shown = stop.push(piece);
    text += shown.text;
    if (shown.stopped) return { text, stopped: true };
  }
  return { text: text + stop.flush(), stopped: false };
}
