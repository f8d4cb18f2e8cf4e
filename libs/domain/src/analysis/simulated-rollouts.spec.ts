import { seededRandom, SIMULATED_CANARIES, SIMULATED_DURATION_MS, simulateRollout, simulateRollouts, type SimulatedRollout } from './simulated-rollouts.js';

const SEED = 1;
const rollouts = simulateRollouts(SEED, Math.ceil(1_000 / SIMULATED_CANARIES.length));
const good = rollouts.filter(({ isBad }) => !isBad);
const bad = rollouts.filter(({ isBad }) => isBad);
const count = (of: readonly SimulatedRollout[], rule: 'judged' | 'plain', outcome: string): number => of.filter((one) => one[rule].outcome === outcome).length;

/** In how many of the same rollouts one rule errs and the other does not; by chance alone they differ by less than two standard errors. */
function beyondChance(of: readonly SimulatedRollout[], wrong: string): number {
  const onlyJudged = of.filter(({ judged, plain }) => judged.outcome === wrong && plain.outcome !== wrong).length;
  const onlyPlain = of.filter(({ judged, plain }) => plain.outcome === wrong && judged.outcome !== wrong).length;
  return (onlyJudged - onlyPlain) / Math.max(1, Math.sqrt(onlyJudged + onlyPlain));
}

describe('1000 rollouts of canaries whose truth is known, judged and by the plain threshold rule', () => {
  it('are of good and bad canaries', () => {
    expect(rollouts.length).toBeGreaterThanOrEqual(1_000);
    expect(Math.min(good.length, bad.length)).toBeGreaterThan(400);
  });

  it('abort good canaries no more often', () => {
    expect(beyondChance(good, 'aborted')).toBeLessThanOrEqual(2);
    expect(count(good, 'judged', 'aborted') / good.length).toBeLessThan(0.06);
  });

  it('promote bad canaries less often, beyond chance', () => {
    expect(beyondChance(bad, 'promoted')).toBeLessThan(-2);
  });

  it('let bad canaries fail a tenth as many requests, since they are turned back early', () => {
    const failed = (rule: 'judged' | 'plain') => bad.reduce((sum, one) => sum + one[rule].failedRequests, 0);
    expect(failed('judged')).toBeLessThan(failed('plain') / 10);
  });

  it('leave to a person only what too few requests came to', () => {
    const held = rollouts.filter(({ judged }) => judged.outcome === 'held');
    expect(held.length).toBeGreaterThan(0);
    expect(Math.max(...held.map(({ requestsInDuration }) => requestsInDuration))).toBe(5);
    expect(held.every(({ judged }) => judged.endedAfterMs === 4 * SIMULATED_DURATION_MS)).toBe(true);
  });

  it('promote nothing before its time', () => {
    expect(rollouts.every(({ judged }) => judged.outcome !== 'promoted' || judged.endedAfterMs >= SIMULATED_DURATION_MS)).toBe(true);
  });

  it('are the same of the same seed, and others of another', () => {
    const some = (seed: number) => {
      const random = seededRandom(seed);
      return SIMULATED_CANARIES.slice(30, 36).map((canary) => simulateRollout(canary, random));
    };
    expect(some(5)).toEqual(some(5));
    expect(some(6)).not.toEqual(some(5));
  });
});

it('a canary that fails every time is turned back by its fifth failure or the measurement after it', () => {
  const random = seededRandom(SEED);
  const dead = { successThresholdPercent: 95, successPercent: 0, requestsInDuration: 1_000 };
  for (let i = 0; i < 20; i += 1) {
    const { judged } = simulateRollout(dead, random);
    expect(judged.outcome).toBe('aborted');
    expect(judged.endedAfterMs).toBeLessThan(SIMULATED_DURATION_MS / 20);
  }
});
