import fc from 'fast-check';
import { countRequest, emptyRetryWindow, RETRY_FLOOR, RETRY_SHARE, RETRY_WINDOW_SECONDS, takeRetry } from './retry-budget.js';

describe('the retry budget', () => {
  it('grants nothing once its window holds as many repetitions as the floor, the share and the flight allow', () => {
    const step = fc.record({ later: fc.integer({ min: 0, max: 3 }), requests: fc.nat({ max: 30 }), wanted: fc.nat({ max: 40 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat({ max: 20 }), (steps, inFlight) => {
        const window = emptyRetryWindow();
        const happened: { readonly second: number; readonly type: 'request' | 'retry' }[] = [];
        let second = 1_000;
        for (const { later, requests, wanted } of steps) {
          second += later;
          for (let i = 0; i < requests; i += 1) {
            countRequest(window, second);
            happened.push({ second, type: 'request' });
          }
          for (let i = 0; i < wanted; i += 1) {
            const recent = happened.filter((one) => one.second > second - RETRY_WINDOW_SECONDS);
            const retries = recent.filter(({ type }) => type === 'retry').length;
            const allowed = RETRY_FLOOR + RETRY_SHARE * (recent.length - retries) + inFlight;
            const granted = takeRetry(window, second, inFlight);
            expect(granted).toBe(retries < allowed);
            if (granted) happened.push({ second, type: 'retry' });
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('lets each request in flight be repeated once when their replica dies, however quiet it was before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), (inFlight) => {
        const window = emptyRetryWindow();
        for (let i = 0; i < inFlight; i += 1) expect(takeRetry(window, 50, inFlight)).toBe(true);
      }),
    );
  });

  it('holds a deployment that fails every time to its floor, share and flight', () => {
    const window = emptyRetryWindow();
    let granted = 0;
    for (let i = 0; i < 1_000; i += 1) {
      countRequest(window, 7);
      if (takeRetry(window, 7, 1)) granted += 1;
    }
    expect(granted).toBeLessThanOrEqual(RETRY_FLOOR + RETRY_SHARE * 1_000 + 2);
    expect(granted).toBeGreaterThanOrEqual(RETRY_SHARE * 1_000);
  });

  it('forgets what is older than its window', () => {
    const window = emptyRetryWindow();
    while (takeRetry(window, 3, 0));
    expect(takeRetry(window, 3 + RETRY_WINDOW_SECONDS - 1, 0)).toBe(false);
    expect(takeRetry(window, 3 + RETRY_WINDOW_SECONDS, 0)).toBe(true);
  });
});
