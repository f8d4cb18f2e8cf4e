import * as path from 'node:path';
import { openSqliteEventLog } from '@slipway/event-log';
import { POLICY, recordAnalysedRollout } from './fixtures/analysed-rollout.js';
import { replay, type Run } from './fixtures/recorded-terminal.js';
import { temporaryHome } from './fixtures/temporary-home.js';

const home = temporaryHome();
const window = { successes: 19, failures: 1 };

beforeAll(async () => {
  await using log = await openSqliteEventLog(path.join(home.path, 'log.sqlite'));
  await recordAnalysedRollout(log, 'good', Array.from({ length: 6 }, () => window));
  await recordAnalysedRollout(log, 'bad', [{ successes: 20, failures: 0 }, { successes: 0, failures: 20 }]);
  await recordAnalysedRollout(log, 'slow', Array.from({ length: 6 }, () => ({ successes: 20, failures: 0, latencyMs: 400 })));
  await recordAnalysedRollout(log, 'unwatched', []);
});
afterAll(() => home.remove());

const judged = (...argv: readonly string[]): Promise<Run> => replay(home.path, 'judge', ...argv);

describe('judge', () => {
  it('shows every measurement with what was judged then and what is judged now', async () => {
    const { exitCode, answer, notes } = await judged('good', '--threshold', '99');
    const lines = answer.split('\n');
    expect(lines[0]).toBe('step 2 of 3, which was completed, with successThresholdPercent 90 → 99');
    expect(lines[2]).toMatch(/^2026-11-20T12:00:10.000Z +10 s +20 +1 +20 +0 +INCONCLUSIVE, watch +FAIL, abort +≠$/);
    expect(lines.slice(2, 8).map((line) => line.trim().split(/ {2,}/)[1])).toEqual(['10 s', '20 s', '30 s', '40 s', '50 s', '60 s']);
    expect(answer).toMatch(/^recorded: goes on after 60 s\. Passed after 60 s: .*95 %.*$/m);
    expect(answer).toMatch(/^now: {6}turns back after 10 s\. Aborted: success rate 95 % .* is surely below 99 %$/m);
    expect(lines.at(-1)).toBe('It would have gone otherwise.');
    expect([exitCode, notes]).toEqual([1, '']);
  });

  it('judges by the recorded rules when no others are named', async () => {
    const { exitCode, answer } = await judged('rollout-good');
    expect(answer).toContain('step 2 of 3, which was completed, by the rules it had');
    expect(answer).toMatch(/^now: .* \(the same\)$/m);
    expect(answer).toContain('It would have gone the same way.');
    expect(exitCode).toBe(0);
  });

  it.each([
    ['a shorter duration', ['good', '--duration', '30s'], 'goes on after 30 s'],
    ['a longer duration', ['good', '--duration', '10m'], 'is still watching after 60 s'],
    ['more requests than came', ['good', '--min-requests', '1000', '--extensions', '0'], 'waits for a person after 60 s'],
    ['more requests than came, and what to do then', ['good', '--min-requests', '1000', '--extensions', '0', '--on-no-traffic', 'abort'], 'turns back after 60 s'],
    ['a limit to latency', ['slow', '--max-p95', '200'], 'turns back after 10 s'],
    ['a limit to latency beside stable', ['slow', '--max-p95-ratio', '1.5'], 'turns back after'],
    ['errors beside stable', ['good', '--compare-errors'], 'after'],
    ['a threshold it meets', ['bad', '--threshold', '0', '--failures-in-a-row', '50'], 'is still watching after 20 s'],
  ])('judges by %s', async (_what, argv, expected) => {
    const { answer } = await judged(...argv);
    expect(/^now: +(.*)$/m.exec(answer)?.[1]).toContain(expected);
  });

  it('tells how the rollout went on, and when there was nothing to judge', async () => {
    expect((await judged('bad')).answer).toContain('step 2 of 3, which was turned back, by the rules it had');
    expect(await judged('unwatched')).toMatchObject({ exitCode: 0, answer: expect.stringMatching(/^step 2 of 3, which is under way.*\nnothing was measured/) });
  });

  it('answers in JSON with every judgement, its reason and its numbers', async () => {
    const { answer, exitCode } = await judged('good', '--duration', '30s', '--json');
    const { differs, steps } = JSON.parse(answer) as { differs: boolean; steps: { policy: object; recordedPolicy: object; measurements: object[]; measurementCount: number; outcome: object }[] };
    expect([differs, exitCode]).toEqual([true, 1]);
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({ step: 1, recordedPolicy: POLICY, policy: { ...POLICY, durationMs: 30_000 }, measurementCount: 6, outcome: { next: 'continue', elapsedMs: 30_000 } });
    expect(steps[0]?.measurements[2]).toMatchObject({
      recorded: { verdict: 'INCONCLUSIVE', next: 'watch' },
      rejudged: { verdict: 'PASS', next: 'continue', conditions: expect.arrayContaining([expect.objectContaining({ condition: 'successRate', value: 95, requests: 60 })]) },
    });
  });

  it('says where a long table was cut, and judges the rest', async () => {
    const { answer, notes } = await judged('good', '--limit', '2');
    expect(answer).not.toContain('30 s');
    expect(answer).toContain('goes on after 60 s');
    expect(notes).toContain('cut after 2 measurements of 6');
  });

  it.each([
    [['good', '--threshold', '101'], '--threshold must be a percentage from 0 to 100, for example 95'],
    [['good', '--min-requests', '0'], '--min-requests must be a whole number from 1 to 1000000'],
    [['good', '--duration', 'soon'], '--duration must be a number from 1s to 720h, for example "30m"'],
    [['good', '--max-p95', '0'], '--max-p95 must be milliseconds from 1 to'],
    [['good', '--threshold', 'high'], 'It must be a number.'],
    [['good', '--on-no-traffic', 'pray'], 'Allowed choices are hold, promote, abort'],
    [['gold'], 'there is no stream "rollout-gold": did you mean rollout-good'],
  ])('refuses %j with the rule that it breaks', async (argv, expected) => {
    const { exitCode, notes } = await judged(...argv);
    expect(notes).toContain(expected);
    expect(exitCode).toBe(2);
  });
});
