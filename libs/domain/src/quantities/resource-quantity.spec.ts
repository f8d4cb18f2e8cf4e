import fc from 'fast-check';
import { BYTE_QUANTITY_MAX, parseByteQuantity } from './resource-quantity.js';

const Mi = 1024 ** 2;
const Gi = 1024 ** 3;

describe('a memory size (X12)', () => {
  it.each([
    ['8Gib', 8 * Gi],
    ['96g', 96 * Gi],
    ['64m', 64 * Mi],
    ['128m', 128 * Mi],
    ['8Gi', 8 * Gi],
    ['8GiB', 8 * Gi],
    ['8GB', 8 * Gi],
    ['512Mi', 512 * Mi],
    ['2KiB', 2048],
    ['2k', 2048],
    ['1T', 1024 ** 4],
    ['1.5g', 1.5 * Gi],
    ['1 GiB', Gi],
    ['1048576', Mi],
    ['10b', 10],
    ['1024t', BYTE_QUANTITY_MAX],
  ])('reads %s', (text, bytes) => {
    expect(parseByteQuantity(text)).toEqual({ text, bytes });
  });

  it.each(['', ' ', 'g', '-1g', '+1g', '0', '0g', '0.1', '1e3', '8p', '8i', '8ib', '8gg', '8 g b', '0x10', 'Infinity', 'NaN', '1.g', '.5g', '1,5g', '٣g'])(
    'refuses "%s"',
    (text) => {
      expect(parseByteQuantity(text)).toEqual({ problem: expect.stringContaining(`"${text}"`) });
    },
  );

  it.each(['1025t', '9999999999999999', '99999999999999999999g'])('refuses the absurd size %s', (text) => {
    expect(parseByteQuantity(text)).toHaveProperty('problem');
  });

  it('does not repeat a long text in full', () => {
    const answer = parseByteQuantity('x'.repeat(100_000));
    expect('problem' in answer && answer.problem.length).toBeLessThan(150);
  });

  it('keeps the text as it was written and reads every unit in any case as binary', () => {
    const unit = fc.constantFrom('', 'b', 'k', 'ki', 'kb', 'kib', 'm', 'mi', 'mb', 'mib', 'g', 'gi', 'gb', 'gib', 't', 'ti', 'tb', 'tib');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1024 }), unit, fc.boolean(), fc.constantFrom('', ' '), (count, written, upper, space) => {
        const text = `${count}${space}${upper ? written.toUpperCase() : written}`;
        const exponent = ['', 'k', 'm', 'g', 't'].indexOf(written.replace(/i?b?$/, ''));
        expect(parseByteQuantity(text)).toEqual({ text, bytes: count * 1024 ** exponent });
      }),
    );
  });

  it('never throws, and never gives anything but a whole number of bytes within its limits', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,18}(\.\d{1,7})? ?[kmgtKMGT]?i?b?$/)), (text) => {
        const answer = parseByteQuantity(text);
        if ('problem' in answer) return;
        expect(Number.isSafeInteger(answer.bytes) && answer.bytes > 0 && answer.bytes <= BYTE_QUANTITY_MAX).toBe(true);
      }),
    );
  });
});
