import { percentileOfSorted, spreadOf } from './statistics.js';

describe('statistics', () => {
  it('takes the middle value of an odd number, and halfway between the middle two of an even one', () => {
    expect(spreadOf([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9, count: 3 });
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4, count: 4 });
  });

  it('sorts as numbers and leaves its input alone', () => {
    const values = [10, 9, 100];
    expect(spreadOf(values).median).toBe(10);
    expect(values).toEqual([10, 9, 100]);
  });

  it('interpolates percentiles between neighbours', () => {
    expect(percentileOfSorted([0, 10], 25)).toBe(2.5);
    expect(percentileOfSorted([7], 99)).toBe(7);
  });

  it('refuses to say something of nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});
