import { parseDurationMs } from './duration.js';

describe('parseDurationMs', () => {
  it('reads seconds, minutes and hours', () => {
    expect(['0s', '10s', '30m', '24h', '999999s'].map(parseDurationMs)).toEqual([0, 10_000, 1_800_000, 86_400_000, 999_999_000]);
  });

  it('says null of what is no duration', () => {
    for (const text of ['', '30', 'm', '1.5h', '-1s', '+1s', '030m', '30 m', ' 30m', '30m\n', '30M', '1h30m', '1000000s', '5ms', '1d'])
      expect(parseDurationMs(text)).toBeNull();
  });
});
