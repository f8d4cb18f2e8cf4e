import type { RolloutOutcome, SimulatedRollout } from '@slipway/domain';
import { judgementRates } from './judgement-rates.js';

const rollout = (isBad: boolean, judged: RolloutOutcome, plain: RolloutOutcome, failedRequests = 0): SimulatedRollout => ({
  successThresholdPercent: 95,
  successPercent: isBad ? 80 : 99,
  requestsInDuration: 100,
  isBad,
  judged: { outcome: judged, endedAfterMs: 1, failedRequests },
  plain: { outcome: plain, endedAfterMs: 2, failedRequests: 10 * failedRequests },
});

describe('judgementRates', () => {
  const rollouts = [
    rollout(false, 'aborted', 'promoted'),
    rollout(false, 'promoted', 'aborted'),
    rollout(false, 'promoted', 'aborted'),
    rollout(false, 'held', 'promoted', 7),
    rollout(true, 'promoted', 'promoted', 4),
    rollout(true, 'aborted', 'promoted', 2),
  ];

  it('counts aborts of the good, promotions and failures of the bad, and what was left to a person of all', () => {
    expect(judgementRates(rollouts, 'judged')).toEqual({ falseAborts: 25, missedBad: 50, held: expect.closeTo(16.67, 2) as number, failedRequests: 3 });
    expect(judgementRates(rollouts, 'plain')).toEqual({ falseAborts: 50, missedBad: 100, held: 0, failedRequests: 30 });
  });
});
