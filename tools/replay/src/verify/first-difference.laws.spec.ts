import { canonicalJson } from '@slipway/domain';
import fc from 'fast-check';
import { firstDifference } from './first-difference.js';

describe('the first difference of two JSON values', () => {
  it('is there exactly when they differ', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        expect(firstDifference(left, left)).toBeNull();
        expect(firstDifference(left, right) === null).toBe(canonicalJson(left) === canonicalJson(right));
      }),
    );
  });

  it('names where, and what stands on either side', () => {
    expect(firstDifference({ a: 1, b: { c: [1, 2] } }, { a: 1, b: { c: [1, 3] } })).toEqual({ path: 'b.c[1]', left: 2, right: 3 });
    expect(firstDifference([1], [1, 2])).toEqual({ path: '[1]', left: undefined, right: 2 });
    expect(firstDifference({ a: null }, {})).toEqual({ path: 'a', left: null, right: undefined });
    expect(firstDifference(1, '1')).toEqual({ path: '', left: 1, right: '1' });
    expect(firstDifference({}, JSON.parse('{"__proto__": 1}'))).toEqual({ path: '__proto__', left: undefined, right: 1 });
  });
});
