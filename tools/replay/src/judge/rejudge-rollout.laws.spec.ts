import { openMemoryEventLog, type RecordedEvent } from '@slipway/event-log';
import fc from 'fast-check';
import { POLICY, recordAnalysedRollout, type Window } from '../fixtures/analysed-rollout.js';
import type { OtherRules } from './other-rules.js';
import { rejudgeRollout, type RejudgedStep } from './rejudge-rollout.js';

async function rejudged(windows: readonly Window[], rules: OtherRules): Promise<readonly RejudgedStep[]> {
  await using log = openMemoryEventLog();
  await recordAnalysedRollout(log, 'a', windows);
  const read = await log.readStream('rollout-a');
  return await rejudgeRollout('found' in read ? read.found : nothing(), rules);
}

async function* nothing(): AsyncGenerator<RecordedEvent> {}

const windows = fc.array(fc.record({ successes: fc.nat(30), failures: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(6)), latencyMs: fc.constantFrom(50, 100, 400) }), { maxLength: 12 });

describe('a rollout that is judged again', () => {
  it('by the rules it had comes to what was recorded, number by number', async () => {
    await fc.assert(
      fc.asyncProperty(windows, async (given) => {
        const [step, ...others] = await rejudged(given, {});
        expect(others).toEqual([]);
        expect(step).toMatchObject({ step: 1, stepCount: 3, differs: false, policy: POLICY });
        expect(step?.measurements.map(({ rejudged: now }) => now)).toEqual(step?.measurements.map(({ recorded }) => recorded));
        expect(step?.outcome).toEqual(step?.recordedOutcome);
      }),
      { numRuns: 50 },
    );
  });

  it('is judged by all that was served in the step until then', async () => {
    const [step] = await rejudged([{ successes: 10, failures: 1 }, { successes: 10, failures: 0 }, { successes: 10, failures: 0 }], {});
    expect(step?.measurements.map(({ elapsedMs, canary, stable }) => ({ elapsedMs, canary, stable }))).toEqual([
      { elapsedMs: 10_000, canary: { requests: 11, failures: 1 }, stable: { requests: 20, failures: 0 } },
      { elapsedMs: 20_000, canary: { requests: 21, failures: 1 }, stable: { requests: 40, failures: 0 } },
      { elapsedMs: 30_000, canary: { requests: 31, failures: 1 }, stable: { requests: 60, failures: 0 } },
    ]);
    expect(step).toMatchObject({ end: null, outcome: { next: 'watch', elapsedMs: 30_000 } });
  });

  it('never ends later by a shorter duration, whatever was served', async () => {
    const endOf = (step: RejudgedStep | undefined) => (['continue', 'abort'].includes(step?.outcome?.next ?? '') ? (step?.outcome?.elapsedMs ?? 0) : Number.POSITIVE_INFINITY);
    await fc.assert(
      fc.asyncProperty(windows, fc.integer({ min: 1, max: 5 }), async (given, tens) => {
        const [[own], [shorter]] = [await rejudged(given, {}), await rejudged(given, { durationMs: tens * 10_000, extensionsMax: 50 })];
        expect(endOf(shorter)).toBeLessThanOrEqual(endOf(own));
      }),
      { numRuns: 50 },
    );
  });
});
