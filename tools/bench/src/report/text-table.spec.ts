import { readableNumber, textTable } from './text-table.js';

describe('textTable', () => {
  it('lines up text to the left and numbers to the right', () => {
    const columns = [
      { title: 'what', align: 'left' },
      { title: 'n', align: 'right' },
    ] as const;
    expect(textTable(columns, [['requests', '7'], ['a', '1,234']])).toBe(
      ['what          n', '--------  -----', 'requests      7', 'a         1,234'].join('\n'),
    );
  });
});

describe('readableNumber', () => {
  it('shows the digits that matter', () => {
    expect([12_345.6, 123.4, 12.34, 1.234, 0.1234, 0, -5.678].map(readableNumber)).toEqual(['12,346', '123', '12.3', '1.23', '0.123', '0.00', '-5.68']);
  });
});
