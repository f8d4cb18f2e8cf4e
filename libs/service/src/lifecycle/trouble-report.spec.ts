import { createLogger } from '../logging/logger.js';
import { TROUBLE_OVER_AFTER_MS, TROUBLE_SAID_AGAIN_MS, troubleReport } from './trouble-report.js';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5000'), { code: 'ECONNREFUSED' });

function lab() {
  const lines: Record<string, unknown>[] = [];
  const clock = { ms: 0 };
  const logger = createLogger('test', { destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) } });
  return { lines, clock, report: troubleReport(logger, { event: 'rows.failed', words: 'rows could not be written' }, () => clock.ms) };
}

describe('trouble that is tried again', () => {
  it('is said once for each cause, in one line without a stack, with what it is about', () => {
    const { lines, report } = lab();
    for (let attempt = 0; attempt < 5; attempt++) report(refused, { projection: 'deployments' });
    report(Object.assign(new Error('no space left'), { code: '53100' }));
    expect(lines).toMatchObject([
      { level: 40, event: 'rows.failed', projection: 'deployments', code: 'ECONNREFUSED', msg: 'rows could not be written, trying on: connect ECONNREFUSED 127.0.0.1:5000' },
      { level: 40, code: '53100', reason: 'no space left' },
    ]);
    report(new Error('timeout exceeded when trying to connect'));
    expect(lines.map(({ err }) => err)).toEqual([undefined, undefined, undefined]);
  });

  it('is said again when it comes back after it was over, and now and then while it lasts', () => {
    const { lines, clock, report } = lab();
    report(refused);
    clock.ms += TROUBLE_OVER_AFTER_MS + 1;
    report(refused);
    expect(lines).toHaveLength(2);
    for (const end = clock.ms + TROUBLE_SAID_AGAIN_MS + 2 * TROUBLE_OVER_AFTER_MS; clock.ms < end; clock.ms += TROUBLE_OVER_AFTER_MS) report(refused);
    expect(lines).toHaveLength(3);
  });

  it('is logged with its stack where it may be a fault of ours', () => {
    const { lines, report } = lab();
    report(new Error('cannot read properties of undefined'));
    expect(lines).toMatchObject([{ level: 50, event: 'rows.failed', err: { stack: expect.stringContaining('trouble-report.spec') as string } }]);
  });
});
