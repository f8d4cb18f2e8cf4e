import picocolors from 'picocolors';
import stringWidth from 'string-width';
import { rollout, smallDeployment, step, turnedBack } from '../fixtures/small-deployment.js';
import type { RolloutProgress } from './rollout-progress.js';
import { rolloutFrame, rolloutLine } from './rollout-view.js';
import { stepText } from './step-text.js';

const view = (columns = 100, hasColours = false) => ({ nowMs: Date.parse('2026-11-21T08:01:30Z'), columns, colours: picocolors.createColors(hasColours) });
const seen = (more: object = {}): RolloutProgress => ({ ...smallDeployment(), rollout: { ...rollout('RUNNING', 2, 2), ...more } }) as unknown as RolloutProgress;

/** What the frame says of steps. */
const stepsOf = (frame: readonly string[]): string => frame.slice(frame.indexOf('way forward'), frame.indexOf('replicas')).join('\n');

describe('the frame of a rollout', () => {
  it('shows plan, traffic, replicas and where it stands', () => {
    expect(rolloutFrame(seen(), view()).join('\n')).toBe(`tiny  r1 -> r2  RUNNING
  id          rollout-2
  strategy    ROLLING
  took        1m 30s
  deployment  ACTIVE

traffic
  r1 (first)  ${'█'.repeat(30)}  100 %

steps
  ✓ have 1 replica of the new revision started
  ✓ wait until 1 replica of the new revision serve
  ▶ send 100 % of the requests to the new revision
  · drain all other replicas
  · make the new revision the active one

replicas
  tiny-1  RUNNING  r1 (first)    1m 30s ago`);
  });

  it('shows how it is judged, what is unknown as unknown, and who intervened', () => {
    const conditions = [{ condition: 'successRate', verdict: 'INCONCLUSIVE', value: null, lower: null, upper: 0.987, threshold: 99 }];
    const judgement = { verdict: 'INCONCLUSIVE', next: 'HOLD', reason: '5 requests are no ground to judge by', canaryRequests: 5, stableRequests: 40, measuredTo: '2026-11-21T08:01:20Z', conditions };
    const interventions = [{ action: 'PAUSE', actor: 'admin', reason: 'see\nticket', at: '2026-11-21T08:01:00Z' }];
    const frame = rolloutFrame(seen({ status: 'PAUSED', judgement, interventions }), view()).join('\n');
    expect(frame).toContain('r1 -> r2  PAUSED');
    expect(frame).toContain('  INCONCLUSIVE, hold: 5 requests are no ground to judge by\n  from 5 requests of the new revision and 40 of the previous one, up to 10s ago\n  INCONCLUSIVE  successRate  ? (? to 0.99)  against 99');
    expect(frame).toContain('  PAUSE by admin: see ticket (30s ago)');
  });

  it('shows what is near of a plan longer than a screen, and what was skipped', () => {
    const steps = Array.from({ length: 40 }, (_, index) => step('setWeight', { weightPercent: index, state: index < 20 ? 'DONE' : 'PENDING' }));
    const frame = rolloutFrame(seen({ currentStep: 20, steps: steps.with(19, { ...step('hold', {}), state: 'SKIPPED' }) }), view());
    expect(frame).toContain('  … 14 before');
    expect(frame).toContain('  - hold until it is promoted (skipped)');
    expect(frame).toContain('  ▶ send 20 % of the requests to the new revision');
    expect(frame).toContain('  … 11 after');
  });

  it('shows where it was given up and why, what was not reached, and the way back in its own words', () => {
    expect(stepsOf(rolloutFrame(seen(turnedBack('ROLLING_BACK', 1)), view()))).toBe(`way forward
  ✓ have 1 replica of the new revision started
  ✓ wait until 1 replica of the new revision serve
  ✗ send 100 % of the requests to the new revision
    given up: replica exited with 3
  · drain all other replicas (not reached)
  · make the new revision the active one (not reached)

way back
  ✓ send 100 % of the requests to the previous revision
  ▶ drain all other replicas
  · keep the previous revision the active one
`);
    expect(rolloutLine(seen(turnedBack('ROLLING_BACK', 0)))).toBe(
      'tiny ROLLING_BACK; step 1/3 of the way back: send 100 % of the requests to the previous revision; r1 (first) 100 %; 1/1 replicas ready; replica exited with 3',
    );
  });

  it('shows a way back that has ended, well or not; a reason it failed for is not the one it was given up for', () => {
    expect(stepsOf(rolloutFrame(seen(turnedBack('ROLLED_BACK', 3)), view()))).toContain('  ✓ keep the previous revision the active one\n');
    const failed = stepsOf(rolloutFrame(seen({ ...turnedBack('FAILED', 1), reason: 'no progress' }), view()));
    expect(failed).toContain('new revision\n    given up\n');
    expect(failed).toContain('  ✓ send 100 % of the requests to the previous revision\n  ✗ drain all other replicas\n');
    expect(rolloutLine(seen(turnedBack('ROLLED_BACK', 3)))).toBe('tiny ROLLED_BACK; r1 (first) 100 %; 1/1 replicas ready; replica exited with 3');
  });

  it('shows no way back where there is nothing to come back to', () => {
    const frame = rolloutFrame(seen({ ...turnedBack('FAILED'), previousRevision: null, steps: [] }), view());
    expect(frame).toContain('    given up: replica exited with 3');
    expect(frame).not.toContain('way back');
  });

  it('leaves the way back on the screen below a long way forward, and what was skipped on it', () => {
    const forwardSteps = Array.from({ length: 40 }, (_, index) => step('setWeight', { weightPercent: index, state: index < 19 ? 'DONE' : 'SKIPPED' }));
    const lines = stepsOf(rolloutFrame(seen({ ...turnedBack('ROLLING_BACK'), forwardSteps, turnedBackAtStep: 20 }), view())).split('\n');
    expect(lines.slice(0, 6)).toEqual(['way forward', '  … 17 before', ...[17, 18].map((percent) => `  ✓ send ${percent} % of the requests to the new revision`), '  - send 19 % of the requests to the new revision (skipped)', '  ✗ send 20 % of the requests to the new revision']);
    expect(lines.slice(10, 13)).toEqual(['  … 16 after', '', 'way back']);
  });

  it('is never wider than the screen, styled or not', () => {
    const reason = '模型 did not start because of a very long reason that goes on and on';
    for (const [hasColours, more] of [[false, {}], [true, {}], [true, turnedBack('ROLLED_BACK', 3)]] as const) {
      const lines = rolloutFrame(seen({ ...more, reason }), view(40, hasColours));
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(40);
    }
  });

  it('says so when there is no rollout', () => {
    const none = { ...seen(), rollout: null };
    expect(rolloutFrame(none, view())).toEqual(['tiny  ACTIVE: no rollout yet']);
    expect(rolloutLine(none)).toBe('tiny ACTIVE 1/1 replicas ready, no rollout yet');
  });
});

describe('a step in words', () => {
  it.each([
    [step('restore', { count: 2 }), 'have 2 replicas of the previous revision ready'],
    [step('retire', {}), 'let go what belongs to neither revision'],
    [step('setMirror', { mirrorPercent: 5 }), 'copy 5 % of the requests to the new revision'],
    [step('hold', { durationSeconds: 90 }), 'hold for 1m 30s'],
    [step('analyse', { analysis: { durationSeconds: 600, successThreshold: 99 } }), 'judge what it serves for 10m: 99 % have to succeed'],
    [step('drain', { remaining: 1 }), 'drain other replicas until 1 are left'],
    [step('somethingNewer', {}), 'somethingNewer'],
  ])('%j', (given, text) => expect(stepText(given)).toBe(text));

  it.each([
    [step('launch', { count: 2 }), 'have 2 replicas of the previous revision started'],
    [step('awaitReady', { count: 2 }), 'wait until 2 replicas of the previous revision serve'],
  ])('on the way back: %j', (given, text) => expect(stepText(given, 'back')).toBe(text));
});
