import { accept, reject } from '../decider.js';
import { given } from '../given-when-then.js';
import type { RolloutStep } from './rollout-plan.js';
import type { RolloutCommand, RolloutDirection, RolloutEvent } from './rollout-events.js';
import { rollout } from './rollout.js';

const of = { deploymentId: 'd', activationId: 'a', atMs: 1 };
const plan: readonly RolloutStep[] = [{ type: 'launch', count: 1 }, { type: 'awaitReady', count: 1 }, { type: 'promote' }];
const back: readonly RolloutStep[] = [{ type: 'setWeight', weightPercent: 100 }, { type: 'drain', remaining: 0 }];
const goal = { rolloutId: 'x', targetRevisionId: 'r2', previousRevisionId: 'r1', strategy: 'ROLLING', sideBySide: false, desired: 1, surge: 1, unavailable: 0, progressDeadlineMs: 1 } as const;
const facts = { ...of, ...goal, plan };
const start: RolloutCommand = { type: 'StartRollout', ...facts };
const started: RolloutEvent = { type: 'RolloutStarted', ...facts };
const complete = (step: number, direction: RolloutDirection = 'forward'): RolloutCommand => ({ type: 'CompleteStep', direction, step, atMs: 1 });
const completed = (step: number, direction: RolloutDirection = 'forward'): RolloutEvent => ({ type: 'RolloutStepCompleted', ...of, direction, step });
const abort = (steps: readonly RolloutStep[], reason = 'deadline'): RolloutCommand => ({ type: 'AbortRollout', reason, plan: steps, atMs: 1 });
const aborted = (steps: readonly RolloutStep[]): RolloutEvent => ({ type: 'RolloutAborted', ...of, reason: 'deadline', plan: steps });
const supersede: RolloutCommand = { type: 'SupersedeRollout', byActivationId: 'b', atMs: 1 };

describe('a rollout', () => {
  it('starts once', () => {
    const story = given(rollout);
    expect(story.when(complete(0))).toEqual(reject({ type: 'NoSuchRollout' }));
    expect(story.when(start)).toEqual(accept(started));
    expect(story.when(start)).toEqual(accept());
  });

  it('takes its steps in order, each once, and completes with the last', () => {
    const story = given(rollout, started);
    expect(story.when(complete(1))).toEqual(reject({ type: 'StepOutOfOrder', expectedStep: 0 }));
    expect(story.when(complete(0))).toEqual(accept(completed(0)));
    expect(story.when(complete(0))).toEqual(accept());
    expect(story.when(complete(1))).toEqual(accept(completed(1)));
    expect(story.when(complete(2))).toEqual(accept<RolloutEvent>(completed(2), { type: 'RolloutPromoted', ...of }, { type: 'RolloutCompleted', ...of }));
    for (const late of [complete(2), abort(back), supersede, start]) expect(story.when(late)).toEqual(accept());
  });

  it('walks its way back when it is given up, deaf to news of the way forward', () => {
    const story = given(rollout, started, completed(0));
    expect(story.when(abort(back))).toEqual(accept(aborted(back)));
    expect(story.when(complete(1))).toEqual(accept());
    expect(story.when(abort(back, 'again'))).toEqual(accept()); // on the way back already
    expect(story.when(complete(0, 'back'))).toEqual(accept(completed(0, 'back')));
    expect(story.when(complete(1, 'back'))).toEqual(
      accept<RolloutEvent>(completed(1, 'back'), { type: 'RolloutRolledBack', ...of, reason: 'deadline' }),
    );
    expect(story.when(abort([]))).toEqual(accept());
  });

  it('still knows its way forward, and where it was given up, when it goes back', () => {
    const { state } = given(rollout, started, completed(0), aborted(back), completed(0, 'back'));
    expect(state).toMatchObject({ direction: 'back', plan: back, step: 1, turnedBackFrom: { plan, step: 1 } });
    expect(given(rollout, started, completed(0)).state).toMatchObject({ turnedBackFrom: null });
  });

  it('fails when it is given up with nothing to go back to', () => {
    expect(given(rollout, started).when(abort([]))).toEqual(
      accept<RolloutEvent>(aborted([]), { type: 'RolloutFailed', ...of, reason: 'deadline' }),
    );
  });

  it('fails when the way back is given up as well', () => {
    expect(given(rollout, started, aborted(back)).when(abort([], 'no way back'))).toEqual(
      accept({ type: 'RolloutFailed', ...of, reason: 'no way back' }),
    );
  });

  it.each<[string, readonly RolloutEvent[]]>([
    ['forward', []],
    ['back', [aborted(back)]],
  ])('gives way to a newer activation on its way %s', (_direction, events) => {
    expect(given(rollout, started, ...events).when(supersede)).toEqual(accept({ type: 'RolloutSuperseded', ...of, byActivationId: 'b' }));
  });

  it('ends once: a stream that goes on after its end is corrupt', () => {
    const end: RolloutEvent = { type: 'RolloutCompleted', ...of };
    expect(() => given(rollout, started, end, end)).toThrow('event RolloutCompleted cannot follow phase completed');
    expect(() => given(rollout, completed(0))).toThrow('cannot follow phase absent');
    expect(() => given(rollout, started, started)).toThrow('cannot follow phase walking');
  });
});
