import fc from 'fast-check';
import { ANALYSIS_DEFAULTS } from '../analysis/analysis-policy.js';
import { EMPTY_SAMPLE, type TrafficSample } from '../analysis/measurement.js';
import { atMs, id, is, nullable, obeysTheLaws } from '../decider.conformance.js';
import { fold } from '../decider.js';
import { play } from '../given-when-then.js';
import type { RolloutCommand, RolloutEvent } from './rollout-events.js';
import type { RolloutStep } from './rollout-plan.js';
import type { Walk } from './rollout-state.js';
import { rollout } from './rollout.js';

describe('rollouts', () => {
  const policy = { durationMs: 100, intervalMs: 10, successThresholdPercent: 95, ...ANALYSIS_DEFAULTS };
  const steps: readonly RolloutStep[] = [{ type: 'promote' }, { type: 'launch', count: 1 }, { type: 'hold', durationMs: null }, { type: 'analyse', policy }];
  const plan = fc.array(fc.constantFrom(...steps), { maxLength: 4 });
  const asked = { actor: is('admin'), reason: nullable(is('because')) };
  const sample = fc.record({ successes: fc.nat(100), failures: fc.nat(100) }).map((counts): TrafficSample => ({ ...EMPTY_SAMPLE, ...counts }));
  const measurement = fc.record({ fromMs: fc.nat(1000), lengthMs: fc.nat(200), canary: sample, stable: sample }).map(({ fromMs, lengthMs, ...both }) => ({ fromMs, toMs: fromMs + lengthMs, ...both }));
  const numbers = { desired: fc.nat(3), surge: fc.nat(3), unavailable: fc.nat(3) };
  const ids = { rolloutId: is('x'), deploymentId: is('d'), activationId: is('a'), targetRevisionId: is('r'), previousRevisionId: nullable(id) };
  const command: fc.Arbitrary<RolloutCommand> = fc.oneof(
    fc.record({ type: is('StartRollout'), ...ids, ...numbers, strategy: fc.constantFrom('ROLLING', 'CANARY'), sideBySide: fc.boolean(), progressDeadlineMs: fc.constant(1), plan, atMs }),
    { weight: 6, arbitrary: fc.record({ type: is('CompleteStep'), direction: fc.constantFrom('forward', 'back'), step: fc.nat(4), atMs }) },
    fc.record({ type: is('AbortRollout'), reason: is('deadline'), plan, atMs }),
    { weight: 1, arbitrary: fc.record({ type: is('SupersedeRollout'), byActivationId: is('b'), atMs }) },
    fc.record({ type: fc.constantFrom('PauseRollout', 'ResumeRollout', 'RequestAbort'), ...asked, atMs }),
    fc.record({ type: is('PromoteRollout'), full: fc.boolean(), step: fc.nat(4), ...asked, atMs }),
    fc.record({ type: is('SkipStep'), step: fc.nat(4), ...asked, atMs }),
    fc.record({ type: is('RescaleRollout'), desired: fc.nat(3), atMs }),
    { weight: 3, arbitrary: fc.record({ type: is('RecordMeasurement'), step: fc.nat(4), measurement, atMs }) },
  );
  obeysTheLaws(rollout, command);

  it('start once, take steps in order, turn back once and end once', () => {
    const ends = ['RolloutCompleted', 'RolloutRolledBack', 'RolloutFailed', 'RolloutSuperseded'];
    fc.assert(
      fc.property(fc.array(command, { maxLength: 100 }), (asked) => {
        const { state, history } = play(rollout, asked);
        const types: string[] = history.map(({ type }) => type);
        expect(types.filter((type) => ends.includes(type)).length).toBeLessThanOrEqual(1);
        expect(types.slice(0, -1).some((type) => ends.includes(type))).toBe(false);
        expect(types.filter((type) => type === 'RolloutAborted').length).toBeLessThanOrEqual(1);
        expect(types.lastIndexOf('RolloutStarted')).toBe(types.length > 0 ? 0 : -1);
        expect(types.filter((type) => type === 'RolloutPromoted').length).toBeLessThanOrEqual(types.includes('RolloutAborted') ? 0 : 4);
        const abortAsked = types.indexOf('RolloutAbortRequested');
        const after = abortAsked < 0 ? [] : history.slice(abortAsked);
        expect(after.filter((event) => event.type === 'RolloutPromoted' || event.type === 'RolloutCompleted' || (event.type === 'RolloutStepCompleted' && event.direction === 'forward'))).toEqual([]);
        for (const direction of ['forward', 'back']) {
          const passed = history.flatMap((event) =>
            (event.type === 'RolloutStepCompleted' && event.direction === direction) || (event.type === 'RolloutStepSkipped' && direction === 'forward') ? [event.step] : [],
          );
          expect(passed).toEqual([...passed.keys()]);
        }
        if (state.phase !== 'absent') checkWayForward(state, history);
      }),
    );
  });

  /** Where it turned back, the way forward is known as it was then, and the step it was given up at. */
  function checkWayForward(state: Walk, history: readonly RolloutEvent[]): void {
    const turn = history.findIndex(({ type }) => type === 'RolloutAborted');
    const before = fold(rollout, turn < 0 ? history : history.slice(0, turn));
    if (before.phase === 'absent') throw new Error('it was started');
    const { plan, step } = before;
    expect(state.turnedBackFrom).toEqual(turn < 0 ? null : { plan, step });
    expect(state.skippedSteps).toEqual(before.skippedSteps);
    expect(state.direction).toBe(turn < 0 ? 'forward' : 'back');
  }
});
