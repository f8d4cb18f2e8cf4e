import { accountOf } from './trial-account.js';
import type { Answer } from './traffic.js';

const whole: Answer = { kind: 'short', startedAtMs: 2_000, ms: 100, status: 200, revisionId: 'stable', end: 'whole', detail: null };
const error: Answer = { ...whole, status: 500, end: 'failed', detail: 'status 500' };
const so = (count: number, answer: Answer): readonly Answer[] => Array.from({ length: count }, () => answer);
const PERIODS = { quietFromMs: 1_000, fromMs: 2_000, second: 'bad' };
const BAD = { ...PERIODS, badPercent: 20 };

describe('the account of a trial', () => {
  it('counts every failure whenever it was, and of requests those since the first command', () => {
    const answers = [...so(9, whole), error, { ...error, startedAtMs: 0 }, { ...whole, end: 'cut' as const, kind: 'long' as const }];
    expect(accountOf(answers, PERIODS)).toMatchObject({ requests: 11, longStreams: 1, failed: 2, cut: 1, mayCut: false, failedByBad: 0, badPercent: null });
  });

  it('keeps the errors a bad revision answered itself apart, but not what got no answer, nor what was cut', () => {
    const own = { ...error, revisionId: 'bad' };
    expect(accountOf([...so(9, whole), own], BAD)).toMatchObject({ failed: 0, failedByBad: 1, failures: [] });
    expect(accountOf([...so(9, whole), own], PERIODS)).toMatchObject({ failed: 1, failedByBad: 0 });
    expect(accountOf([{ ...own, status: null }, { ...own, end: 'cut' }], BAD)).toMatchObject({ failed: 1, cut: 1, failedByBad: 0 });
  });

  it('tells a share that chance explains from one that it does not', () => {
    const given = (bad: number) => accountOf([...so(1_000 - bad, whole), ...so(bad, { ...error, revisionId: 'bad' })], BAD);
    expect(given(200)).toMatchObject({ badPercent: 20, isOverShare: false });
    expect(given(240)).toMatchObject({ isOverShare: false });
    expect(given(300)).toMatchObject({ badPercent: 30, isOverShare: true });
  });

  it('measures whole short answers of good revisions, beside the quiet before', () => {
    const quiet = so(100, { ...whole, startedAtMs: 1_500, ms: 50 });
    const slow = [{ ...whole, ms: 9_000, revisionId: 'bad' }, { ...whole, ms: 9_000, kind: 'long' as const }, { ...error, ms: 9_000 }];
    expect(accountOf([...quiet, ...so(98, whole), ...so(2, { ...whole, ms: 200 }), ...slow], BAD)).toMatchObject({ p50Ms: 100, p99Ms: 200, quietP99Ms: 50 });
    expect(accountOf(so(1, whole), BAD)).toMatchObject({ p50Ms: 100, p99Ms: 100, quietP99Ms: null });
  });
});
