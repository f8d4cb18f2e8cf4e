import { InvalidArgumentError } from 'commander';
import { decimalNumber, instant, pair, span, wholeNumber } from '../option-values.js';
import { graphAddress } from '../sign-in/graph-address.js';
import { formatAnswer } from './answer-format.js';
import { parseSpan, spanText } from './spans.js';
import { fieldList, oneLine, textTable } from './text-table.js';

describe('a table', () => {
  const columns = [
    { title: 'NAME', cell: ({ name }: { name: string }) => name },
    { title: 'X', cell: () => 'x' },
  ];
  it('keeps columns below each other, wide characters and styles counted as they are shown', () => {
    const rows = [{ name: '模型' }, { name: '\u001b[31mred\u001b[39m' }, { name: 'longer' }];
    expect(textTable(columns, rows, 'none')).toBe('NAME    X\n模型    x\n\u001b[31mred\u001b[39m     x\nlonger  x');
    expect(textTable(columns, [], 'none')).toBe('none');
  });
  it('keeps a cell on one line and control characters out of it', () => {
    expect(oneLine('a\n\tb\u0007\u001b[2J\u001b[1mc')).toBe('a b[2J\u001b[1mc');
  });
  it('leaves out fields that are not known', () => expect(fieldList([['a', '1'], ['bb', null]])).toBe('a  1'));
});

describe('lengths of time', () => {
  it.each([[0, '0s'], [999, '0s'], [1_000, '1s'], [60_000, '1m'], [80_000, '1m 20s'], [3_600_000, '1h'], [3_601_000, '1h'], [90_000_000, '1d 1h'], [-5, '0s']])('%d ms read %s', (ms, text) => expect(spanText(ms)).toBe(text));
  it.each([['90s', 90_000], ['1h30m', 5_400_000], ['2d', 172_800_000], ['', null], ['90', null], ['1m1h', null], ['-1s', null]])('%j is %s ms', (text, ms) => expect(parseSpan(text)).toBe(ms));
});

describe('values of options', () => {
  it('are numbers in their range, pairs, spans and instants, or refused', () => {
    expect(wholeNumber(1, 5)('5')).toBe(5);
    expect(decimalNumber(0, 2)('0.5')).toBe(0.5);
    expect(pair('A=b=c', { B: '1' })).toEqual({ A: 'b=c', B: '1' });
    expect(span('15m')).toBe(900_000);
    const time = instant(() => Date.parse('2026-11-21T08:00:00Z'));
    expect([time('15m'), time('2026-11-21T07:00:00Z')]).toEqual(['2026-11-21T07:45:00.000Z', '2026-11-21T07:00:00.000Z']);
    for (const wrong of [() => wholeNumber(1, 5)('6'), () => decimalNumber(0, 2)('-1'), () => pair('=x', {}), () => span('soon'), () => time('17')]) expect(wrong).toThrow(InvalidArgumentError);
  });
  it('are addresses of a gateway, with or without a path', () => {
    expect(['http://a:4000', 'https://a/x/graphql'].map(graphAddress)).toEqual(['http://a:4000/graphql', 'https://a/x/graphql']);
    for (const wrong of ['a', 'ftp://a', 'http://u:p@a']) expect(() => graphAddress(wrong)).toThrow();
  });
});

it('one of many answers stays apart from the next', () => {
  const answer = { data: { a: [1] }, text: () => 'text' };
  expect(formatAnswer(answer, 'json', true)).toBe('{"a":[1]}');
  expect(formatAnswer(answer, 'yaml', true)).toBe('---\na:\n  - 1');
  expect(formatAnswer(answer, 'table', true)).toBe('text');
});
