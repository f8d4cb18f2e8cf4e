import { PROXY_GONE_AFTER_MS, ProxyFleet } from './proxy-fleet.js';

describe('the fleet of proxies', () => {
  let nowMs = 0;
  let fleet: ProxyFleet;
  beforeEach(() => {
    nowMs = 1_000_000;
    fleet = new ProxyFleet(() => nowMs);
  });
  const report = (proxyId: string, position: number, inFlight = 0) => fleet.take({ proxyId, position, inFlightByReplica: { r1: inFlight } });

  it('has drained a replica when every proxy routes past the position and none has a request on it', () => {
    report('p1', 7);
    report('p2', 6);
    expect(fleet.drainState('r1', 7).drained).toBe(false);
    report('p2', 7, 1);
    expect(fleet.drainState('r1', 7)).toEqual({ drained: false, inFlight: 1 });
    report('p2', 8);
    expect(fleet.drainState('r1', 7)).toEqual({ drained: true, inFlight: 0 });
  });

  it('does not wait for a proxy that was not heard of for long, while others are', () => {
    report('p1', 3, 1);
    nowMs += PROXY_GONE_AFTER_MS + 1;
    report('p2', 7);
    expect(fleet.drainState('r1', 7)).toEqual({ drained: true, inFlight: 0 });
  });

  it('takes no proxy for gone while all are silent: it may be that nothing can be heard', async () => {
    report('p1', 3, 1);
    report('p2', 6);
    nowMs += 10 * PROXY_GONE_AFTER_MS;
    expect(fleet.drainState('r1', 7)).toEqual({ drained: false, inFlight: 1 });
    expect(await fleet.waitFor(7, 0)).toEqual({ acknowledged: [], missing: ['p1', 'p2'] });
    report('p2', 7);
    expect(fleet.drainState('r1', 7)).toEqual({ drained: true, inFlight: 0 });
  });

  it('does not wait for a proxy that said goodbye', () => {
    report('p1', 3, 1);
    fleet.left('p1');
    nowMs += PROXY_GONE_AFTER_MS;
    expect(fleet.drainState('r1', 7)).toEqual({ drained: true, inFlight: 0 });
  });

  it('says nothing of drains until a proxy was heard, or could have been', () => {
    expect(fleet.drainState('r1', 0).drained).toBe(false);
    nowMs += PROXY_GONE_AFTER_MS;
    expect(fleet.drainState('r1', 0).drained).toBe(true);
  });

  it('says nothing of drains while reports cannot arrive', () => {
    let isHearing = false;
    const deaf = new ProxyFleet(() => nowMs, () => isHearing);
    nowMs += 10 * PROXY_GONE_AFTER_MS;
    expect(deaf.drainState('r1', 0).drained).toBe(false);
    isHearing = true;
    expect(deaf.drainState('r1', 0).drained).toBe(false);
    nowMs += PROXY_GONE_AFTER_MS;
    expect(deaf.drainState('r1', 0).drained).toBe(true);
  });
});
