import { Readiness } from './readiness.js';
import { answersCheck, LAG_EVENTS_MAX, lagCheck } from './readiness-checks.js';

describe('readiness', () => {
  it('is lost when a projection is too many events or too long behind, and says how far', async () => {
    const lag = { behindEvents: 12, behindMs: 340.4 };
    const readiness = new Readiness();
    readiness.add(lagCheck('deployments', () => lag, { msMax: 500 }));
    expect(await readiness.report()).toEqual({ ready: true, checks: { deployments: { ready: true, detail: '12 events, 340 ms behind' } } });
    lag.behindMs = 501;
    expect((await readiness.report()).ready).toBe(false);
    Object.assign(lag, { behindMs: 0, behindEvents: LAG_EVENTS_MAX + 1 });
    expect((await readiness.report()).ready).toBe(false);
  });

  it('is lost while something does not answer, with its reason, and comes back', async () => {
    let isThere = false;
    const readiness = new Readiness();
    readiness.add(answersCheck('broker', async () => {
      if (!isThere) throw new AggregateError([new Error('connect ECONNREFUSED ::1:4222')]);
    }));
    expect(await readiness.report()).toEqual({ ready: false, checks: { broker: { ready: false, detail: 'connect ECONNREFUSED ::1:4222' } } });
    isThere = true;
    expect((await readiness.report()).ready).toBe(true);
  });
});
