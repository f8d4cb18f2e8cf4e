import type { Figure } from './figure.js';
import { GOALS, judge, type Goal } from './goals.js';

const goal = (bound: Goal['bound']): Goal => ({ figureId: 'a', what: 'a', bound, value: 10, unit: '×' });
const figure = (...values: number[]): Figure => ({ id: 'a', part: 'log', what: 'a', unit: '×', values });
const verdict = (bound: Goal['bound'], ...values: number[]) => judge([goal(bound)], [figure(...values)])[0]?.verdict;

describe('judge', () => {
  it('compares the median with the bound, which itself still counts as reached', () => {
    expect(verdict('at most', 9, 10, 99)).toBe('reached');
    expect(verdict('at most', 1, 10.1, 99)).toBe('missed');
    expect(verdict('at least', 1, 10, 99)).toBe('reached');
    expect(verdict('at least', 1, 9.9, 99)).toBe('missed');
  });

  it('says that a goal was not measured instead of calling it reached or missed', () => {
    expect(judge([goal('at most')], [])[0]).toMatchObject({ measured: null, verdict: 'not measured' });
    expect(verdict('at least')).toBe('not measured');
  });
});

describe('GOALS', () => {
  it('names each figure once', () => {
    expect(new Set(GOALS.map(({ figureId }) => figureId)).size).toBe(GOALS.length);
  });
});
