import picocolors from 'picocolors';
import stringWidth from 'string-width';
import { rollout, smallDeployment, step } from '../fixtures/small-deployment.js';
import type { RolloutProgress } from './rollout-progress.js';
import { rolloutFrame, rolloutLine } from './rollout-view.js';
import { stepText } from './step-text.js';

const view = (columns = 100, hasColours = false) => ({ nowMs: Date.parse('2026-11-21T08:01:30Z'), columns, colours: picocolors.createColors(hasColours) });
const seen = (more: object = {}): RolloutProgress => ({ ...smallDeployment(), rollout: { ...rollout('RUNNING', 2, 2), ...more } }) as unknown as RolloutProgress;

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

  it('is never wider than the screen, styled or not', () => {
    for (const hasColours of [false, true]) {
      const lines = rolloutFrame(seen({ reason: '模型 did not start because of a very long reason that goes on and on' }), view(40, hasColours));
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
});
