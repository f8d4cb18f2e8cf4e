import type { RolloutOutcome, SimulatedRollout } from '@slipway/domain';

type Rule = 'judged' | 'plain';

/** How a rule did over many rollouts; shares in percent. */
export type JudgementRates = {
  /** Of the good canaries. */
  readonly falseAborts: number;
  /** Of the bad canaries. */
  readonly missedBad: number;
  /** Left to a person, of all. */
  readonly held: number;
  /** Requests of clients that failed in a rollout of a bad canary, on average. */
  readonly failedRequests: number;
};

/** @param rollouts of good and of bad canaries, at least one each */
export function judgementRates(rollouts: readonly SimulatedRollout[], rule: Rule): JudgementRates {
  const good = rollouts.filter(({ isBad }) => !isBad);
  const bad = rollouts.filter(({ isBad }) => isBad);
  return {
    falseAborts: share(good, rule, 'aborted'),
    missedBad: share(bad, rule, 'promoted'),
    held: share(rollouts, rule, 'held'),
    failedRequests: bad.reduce((sum, rollout) => sum + rollout[rule].failedRequests, 0) / bad.length,
  };
}

const share = (of: readonly SimulatedRollout[], rule: Rule, outcome: RolloutOutcome): number =>
  (100 * of.filter((rollout) => rollout[rule].outcome === outcome).length) / of.length;
