import { accept, reject } from '../decider.js';
import { given } from '../given-when-then.js';
import type { RolloutCommand, RolloutEvent } from './rollout-events.js';
import type { RolloutStep } from './rollout-plan.js';
import { rollout } from './rollout.js';

const HOLD: RolloutStep = { type: 'hold', durationMs: null };
const of = { deploymentId: 'd', activationId: 'a', atMs: 2 };
const by = { actor: 'kim', reason: 'because' };
const started = (...plan: readonly RolloutStep[]): RolloutEvent => ({
  ...{ type: 'RolloutStarted', rolloutId: 'a', ...of, targetRevisionId: 'r2', previousRevisionId: 'r1', strategy: 'CANARY', sideBySide: true },
  ...{ desired: 1, surge: 1, unavailable: 0, progressDeadlineMs: 1, plan },
});
const passed = (step: number): RolloutEvent => ({ type: 'RolloutStepCompleted', ...of, direction: 'forward', step });
const completes = (step: number, direction: 'forward' | 'back' = 'forward'): RolloutCommand => ({ type: 'CompleteStep', direction, step, atMs: 2 });
const asks = (type: 'PauseRollout' | 'ResumeRollout' | 'RequestAbort'): RolloutCommand => ({ type, ...by, atMs: 2 });
const promotes = (step: number, full = false): RolloutCommand => ({ type: 'PromoteRollout', full, step, ...by, atMs: 2 });
const plan = [{ type: 'launch', count: 1 }, HOLD, { type: 'promote' }, { type: 'drain', remaining: 0 }] as const;

describe('people in a rollout', () => {
  it('pause it: no step is taken until it is resumed', () => {
    expect(given(rollout, started(...plan)).when(asks('PauseRollout'))).toEqual(accept({ type: 'RolloutPaused', ...of, ...by }));
    expect(given(rollout, started(...plan)).when(asks('PauseRollout'), asks('PauseRollout'))).toEqual(accept());
    expect(given(rollout, started(...plan)).when(asks('PauseRollout'), completes(0))).toEqual(accept());
    expect(given(rollout, started(...plan)).when(asks('PauseRollout'), asks('ResumeRollout'), completes(0))).toEqual(accept(passed(0)));
  });

  it('pass a wait by, and end a pause with it; nothing but a wait', () => {
    expect(given(rollout, started(...plan), passed(0)).when(promotes(1))).toEqual(accept({ type: 'RolloutStepSkipped', ...of, ...by, step: 1, how: 'promote' }));
    expect(given(rollout, started(...plan), passed(0)).when(asks('PauseRollout'), promotes(1))).toMatchObject({ accepted: [{ type: 'RolloutResumed' }, { type: 'RolloutStepSkipped' }] });
    expect(given(rollout, started(...plan)).when(promotes(0))).toEqual(reject({ type: 'NothingToPass', currentStep: 0, stepType: 'launch' }));
    expect(given(rollout, started(...plan), passed(0)).when(promotes(0))).toEqual(reject({ type: 'StepNotUnderWay', step: 0, currentStep: 1 }));
  });

  it('promote it in full: no wait is left before the promotion', () => {
    const decision = given(rollout, started(...plan)).when(promotes(0, true));
    expect(decision).toMatchObject({ accepted: [{ type: 'RolloutFastForwarded' }] });
  });

  it('abort it: from then on it takes no step forward, however soon one would have been done, and no other wish', () => {
    const asked = () => given(rollout, started(...plan), passed(0), passed(1));
    expect(asked().when(asks('RequestAbort'))).toEqual(accept({ type: 'RolloutAbortRequested', ...of, ...by }));
    expect(asked().when(asks('RequestAbort'), completes(2))).toEqual(accept());
    expect(asked().when(asks('RequestAbort'), asks('RequestAbort'))).toEqual(accept());
    for (const wish of [asks('PauseRollout'), asks('ResumeRollout'), promotes(2, true)]) expect(asked().when(asks('RequestAbort'), wish)).toEqual(reject({ type: 'RolloutIsGoingBack' }));
    const back: RolloutCommand = { type: 'AbortRollout', reason: 'because', plan: [{ type: 'setWeight', weightPercent: 0 }], atMs: 2 };
    expect(asked().when(asks('RequestAbort'), back, completes(0, 'back'))).toMatchObject({ accepted: [{ type: 'RolloutStepCompleted', direction: 'back' }, { type: 'RolloutRolledBack' }] });
  });

  it('cannot abort what is promoted, and ask nothing of what has ended', () => {
    const promoted: RolloutEvent = { type: 'RolloutPromoted', ...of };
    expect(given(rollout, started(...plan), passed(0), passed(1), passed(2), promoted).when(asks('RequestAbort'))).toEqual(reject({ type: 'RolloutIsPromoted' }));
    const ended: RolloutEvent = { type: 'RolloutCompleted', ...of };
    expect(given(rollout, started(...plan), ended).when(asks('PauseRollout'))).toEqual(reject({ type: 'RolloutHasEnded', phase: 'completed' }));
    expect(given(rollout).when(asks('PauseRollout'))).toEqual(reject({ type: 'NoSuchRollout' }));
  });
});
