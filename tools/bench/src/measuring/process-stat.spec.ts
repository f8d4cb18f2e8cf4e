import { parseProcessStat, parseSmapsRollup } from './process-stat.js';

const TAIL = 'S 41 42 42 0 -1 4194304 100 200 0 0 70 30 9 4 20 0 11 0 123 1000000 500 18446744073709551615';

describe('parseProcessStat', () => {
  it('adds user and system time, of the process and of its ended children', () => {
    expect(parseProcessStat(`42 (node) ${TAIL}\n`)).toEqual({ parentPid: 41, own: 100, endedChildren: 13 });
  });

  it('is not misled by spaces and brackets in the name', () => {
    expect(parseProcessStat(`42 (nginx: w) (1 2) ${TAIL}`)).toEqual({ parentPid: 41, own: 100, endedChildren: 13 });
  });

  it('refuses what is no stat line', () => {
    expect(() => parseProcessStat('42 (node) S')).toThrow('not a process');
  });
});

describe('parseSmapsRollup', () => {
  it('reads RSS and PSS, and not the sums whose names begin alike', () => {
    const text = '0-1 ---p 0 00:00 0 [rollup]\nRss:                1620 kB\nPss:                 176 kB\nPss_Dirty:           108 kB\n';
    expect(parseSmapsRollup(text)).toEqual({ rssBytes: 1620 * 1024, pssBytes: 176 * 1024 });
  });

  it('refuses a text without them', () => {
    expect(() => parseSmapsRollup('')).toThrow('no Rss');
  });
});
