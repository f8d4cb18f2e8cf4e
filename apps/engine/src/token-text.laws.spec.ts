import fc from 'fast-check';
import { createTokenText } from './token-text.js';

/** Tokens are bytes: the finest, and so the hardest, vocabulary. */
const detokenize = (tokens: readonly number[]) => Buffer.from(tokens).toString('utf8');

describe('token text', () => {
  it('shows every text whole, whatever its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = show([...Buffer.from(text)]);
        expect(shown.join('')).toBe(Buffer.from(text).toString('utf8'));
        if (!text.includes('\uFFFD')) expect(shown.every((piece) => !piece.includes('\uFFFD'))).toBe(true);
      }),
    );
  });

  it('holds a character back until its last byte', () => {
    expect(show([...Buffer.from('é!')])).toEqual(['', 'é', '!', '']);
    expect(show([...Buffer.from('😀')])).toEqual(['', '', '', '😀', '']);
  });

  it('shows a broken end when the text is over', () => {
    expect(show([0xf0, 0x9f])).toEqual(['', '', '\uFFFD']);
  });
});

function show(tokens: readonly number[]): string[] {
  const text = createTokenText(detokenize, []);
  const pieces = tokens.map((token) => text.push(token));
  return [...pieces, text.flush()];
}
