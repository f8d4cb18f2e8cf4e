import { rotated, RoundSamples } from './round-samples.js';

describe('RoundSamples', () => {
  it('divides and subtracts round by round', () => {
    const samples = new RoundSamples();
    for (const [ours, theirs] of [[10, 5], [30, 10]] as const) {
      samples.add('ours', ours);
      samples.add('theirs', theirs);
    }
    expect(samples.ratio('ours', 'theirs')).toEqual([2, 3]);
    expect(samples.difference('ours', 'theirs')).toEqual([5, 20]);
  });

  it('has nothing to say of a series that was skipped', () => {
    const samples = new RoundSamples();
    samples.add('ours', 1);
    expect(samples.of('theirs')).toEqual([]);
    expect(samples.ratio('ours', 'theirs')).toEqual([]);
  });
});

describe('rotated', () => {
  it('starts each round with the next thing and leaves none out', () => {
    expect([0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
    expect(rotated([], 3)).toEqual([]);
  });
});
