import fc from 'fast-check';
import type { RollingConfig } from '../strategy/deployment-strategy.js';
import { fencepost, type Fencepost } from '../strategy/fencepost.js';
import { parseStrategy } from '../strategy/parse-strategy.js';
import { rollingPlan, type RollingStart } from './rolling-plan.js';
import type { RolloutStep } from './rollout-plan.js';

const value = fc.oneof(fc.nat(12), fc.nat(100).map((percent) => `${percent}%`));
const config: fc.Arbitrary<RollingConfig> = fc
  .record({ maxSurge: value, maxUnavailable: value })
  .filter((given) => 'strategy' in parseStrategy('ROLLING', given));
const start: fc.Arbitrary<RollingStart> = fc.record({
  desired: fc.nat(40),
  target: fc.nat(40),
  rest: fc.nat(60),
  weightPercent: fc.nat(100),
});

type Walk = { target: number; ready: number; rest: number; weightPercent: number };

/** Walks a plan as a world would in which nothing fails, and looks at every moment: after launching, before ready, and so on. */
function walk(plan: readonly RolloutStep[], from: RollingStart, look: (walk: Walk, step: RolloutStep) => void): Walk {
  const state: Walk = { target: from.target, ready: from.target, rest: from.rest, weightPercent: from.weightPercent };
  for (const step of plan) {
    switch (step.type) {
      case 'launch':
        state.target = Math.max(state.target, step.count);
        break;
      case 'awaitReady':
        state.ready = Math.min(state.target, Math.max(state.ready, step.count));
        break;
      case 'setWeight':
        state.weightPercent = step.weightPercent;
        break;
      case 'drain':
        state.rest = Math.min(state.rest, step.remaining);
        break;
      case 'promote':
      case 'restore':
      case 'retire':
      case 'setMirror':
      case 'hold':
      case 'analyse':
        break;
    }
    look(state, step);
  }
  return state;
}

function law(check: (plan: readonly RolloutStep[], from: RollingStart, posts: Fencepost) => void): void {
  fc.assert(
    fc.property(start, config, (from, given) => {
      const posts = fencepost(given, from.desired);
      check(rollingPlan(from, posts), from, posts);
    }),
  );
}

describe('a rolling plan, walked with nothing failing', () => {
  it('S1.88: never has more replicas than desired + surge, or than there were', () => {
    law((plan, from, { surge }) => {
      const most = Math.max(from.desired + surge, from.target + from.rest);
      walk(plan, from, ({ target, rest }) => expect(target + rest).toBeLessThanOrEqual(most));
    });
  });

  it('S1.88: never has fewer ready replicas than desired − unavailable, or than there were', () => {
    law((plan, from, { unavailable }) => {
      const least = Math.min(from.desired - unavailable, from.target + from.rest);
      walk(plan, from, ({ ready, rest }) => expect(ready + rest).toBeGreaterThanOrEqual(least));
    });
  });

  it('ends with all desired replicas ready, none of the others, and all traffic on the target', () => {
    law((plan, from) => {
      const end = walk(plan, from, () => undefined);
      const wanted = { target: Math.max(from.desired, from.target), ready: Math.max(from.desired, from.target), rest: 0 };
      expect(end).toEqual({ ...wanted, weightPercent: 100 });
      expect(plan.filter(({ type }) => type === 'promote')).toHaveLength(1);
      expect(plan.at(-1)).toEqual({ type: 'promote' });
    });
  });

  it('only ever raises the weight, launches upwards and drains downwards', () => {
    law((plan, from) => {
      const rising = (numbers: readonly number[]): boolean => numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
      const weights = plan.flatMap((step) => (step.type === 'setWeight' ? [step.weightPercent] : []));
      expect(rising(weights) && weights.every((weight) => weight > from.weightPercent || from.desired === 0)).toBe(true);
      expect(rising(plan.flatMap((step) => (step.type === 'launch' ? [step.count] : [])))).toBe(true);
      expect(rising(plan.flatMap((step) => (step.type === 'drain' ? [-step.remaining] : [])))).toBe(true);
    });
  });

  it('moves traffic before capacity: what is drained last carries nothing, and traffic comes to ready replicas only', () => {
    law((plan, from) => {
      walk(plan, from, ({ ready, rest, weightPercent }, step) => {
        if (from.desired === 0) return;
        if (step.type === 'setWeight') expect(ready).toBeGreaterThan(0);
        if (step.type === 'drain' && rest === 0 && ready > 0) expect(weightPercent).toBe(100);
      });
    });
  });

  it('is short: at most a few steps per replica', () => {
    law((plan, { target, rest, desired }) => expect(plan.length).toBeLessThanOrEqual(4 * (desired + target + rest) + 4));
  });

  it('starts anew from wherever an earlier one stopped, at every step', () => {
    fc.assert(
      fc.property(start, config, fc.nat(100), (from, given, stop) => {
        const posts = fencepost(given, from.desired);
        const plan = rollingPlan(from, posts);
        const { target, rest, weightPercent } = walk(plan.slice(0, stop % plan.length), from, () => undefined);
        const rested = { ...from, target, rest, weightPercent };
        expect(walk(rollingPlan(rested, posts), rested, () => undefined)).toMatchObject({ rest: 0, weightPercent: 100 });
      }),
    );
  });
});

describe('the rolling plan of S1.95 (maxSurge 1, maxUnavailable 0)', () => {
  it('replaces two replicas one by one', () => {
    expect(rollingPlan({ desired: 2, target: 0, rest: 2, weightPercent: 0 }, { surge: 1, unavailable: 0 })).toEqual([
      { type: 'launch', count: 1 },
      { type: 'awaitReady', count: 1 },
      { type: 'setWeight', weightPercent: 33 },
      { type: 'setWeight', weightPercent: 50 },
      { type: 'drain', remaining: 1 },
      { type: 'launch', count: 2 },
      { type: 'awaitReady', count: 2 },
      { type: 'setWeight', weightPercent: 66 },
      { type: 'setWeight', weightPercent: 100 },
      { type: 'drain', remaining: 0 },
      { type: 'promote' },
    ]);
  });

  it('is never made of two zeroes', () => {
    expect(() => rollingPlan({ desired: 1, target: 0, rest: 1, weightPercent: 0 }, { surge: 0, unavailable: 0 })).toThrow('room to move');
  });
});
