import { Readiness } from '../health/readiness.js';
import { createLogger } from '../logging/logger.js';
import { causeOf } from './cause-of-error.js';
import { untilReachable } from './until-reachable.js';

const retry = { minMs: 1, maxMs: 2, lastingMs: 1 };
const refused = (port: number): Error => Object.assign(new Error(`connect ECONNREFUSED 127.0.0.1:${port}`), { code: 'ECONNREFUSED' });
const forbidden = Object.assign(new Error('permission denied for schema slipway'), { code: '42501' });

/** Fails with each error in turn, then succeeds. */
async function reach(errors: readonly unknown[], readiness = new Readiness()): Promise<{ lines: Record<string, unknown>[]; result: string; checks: unknown[] }> {
  const lines: string[] = [];
  const checks: unknown[] = [];
  const logger = createLogger('test', { destination: { write: (line) => void lines.push(line) } });
  const left = [...errors];
  const attempt = async (): Promise<string> => {
    checks.push((await readiness.report()).checks['database']);
    if (left.length > 0) throw left.shift();
    return 'reached';
  };
  const result = await untilReachable('database', attempt, { logger, signal: new AbortController().signal, readiness, retry, isLasting: (error) => error === forbidden });
  checks.push((await readiness.report()).checks['database']);
  return { lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), result, checks };
}

describe('what a service needs', () => {
  it('is tried until it is there, and each cause is said once', async () => {
    const { lines, result } = await reach([refused(5000), refused(5001), refused(5000), new Error('starting up'), new Error('starting up')]);
    expect(result).toBe('reached');
    expect(lines).toMatchObject([
      { level: 40, event: 'dependency.unreachable', what: 'database', code: 'ECONNREFUSED' },
      { level: 40, event: 'dependency.unreachable', reason: 'starting up' },
      { level: 30, event: 'dependency.reached', attempts: 6 },
    ]);
  });

  it('is called unusable once when somebody has to change something, and tried on', async () => {
    const { lines, result } = await reach([forbidden, forbidden, forbidden]);
    expect(result).toBe('reached');
    expect(lines).toMatchObject([{ level: 50, event: 'dependency.refused', reason: 'permission denied for schema slipway' }, { event: 'dependency.reached' }]);
  });

  it('says nothing when it is there at once', async () => {
    expect((await reach([])).lines).toEqual([]);
  });

  it('makes the service unready, with the reason, until it is there', async () => {
    const { checks } = await reach([new Error('starting up')]);
    expect(checks).toEqual([{ ready: false, detail: 'not reached yet' }, { ready: false, detail: 'starting up' }, { ready: true }]);
  });

  it('is given up when the service stops, also between attempts', async () => {
    const stopping = new AbortController();
    const logger = createLogger('test', { level: 'silent' });
    const attempt = async (): Promise<never> => {
      setImmediate(() => stopping.abort(new Error('stopping')));
      throw new Error('away');
    };
    await expect(untilReachable('x', attempt, { logger, signal: stopping.signal, retry: { minMs: 3_600_000, maxMs: 3_600_000 } })).rejects.toThrow('stopping');
    await expect(untilReachable('x', attempt, { logger, signal: stopping.signal })).rejects.toThrow('stopping');
  });
});

describe('the cause of an error', () => {
  it.each([
    [new AggregateError([refused(1), refused(2)]), { message: 'connect ECONNREFUSED 127.0.0.1:1', code: null }],
    [Object.assign(new Error(''), { code: 'EPIPE' }), { message: 'EPIPE', code: 'EPIPE' }],
    [new Error('', { cause: new Error('inner') }), { message: 'inner', code: null }],
    [new Error('first\nsecond'), { message: 'first', code: null }],
    ['thrown text', { message: 'thrown text', code: null }],
    [undefined, { message: 'undefined', code: null }],
  ])('is one line that says something: %s', (error, expected) => {
    expect(causeOf(error)).toMatchObject(expected);
  });
});
