import fc from 'fast-check';
import { callerOf, findRoute, mayUse, visibleRoutes } from './route-access.js';
import { DEFAULT_DOMAIN, indexRoutes, type Route, type TokenGrant } from './routing-table.js';

const NO_EXTRAS = { revisionIds: new Map<string, string>(), stickiness: 'session', mirror: null } as const;

const routes: fc.Arbitrary<readonly Route[]> = fc
  .uniqueArray(
    fc.record({
      domain: fc.constantFrom(DEFAULT_DOMAIN, 'a', 'b'),
      name: fc.constantFrom('m', 'n', 'o'),
      openToPublic: fc.boolean(),
      host: fc.option(fc.constantFrom('One.example', 'two.example')),
    }),
    { selector: ({ domain, name }) => `${domain}/${name}`, maxLength: 9 },
  )
  .map((shapes) =>
    shapes.map(({ domain, name, openToPublic, host }) => ({
      deploymentId: `${domain}-${name}`,
      domain,
      name,
      openToPublic,
      preferredDomainName: host,
      createdAtMs: 0,
      version: 1,
      revisions: [],
      ...NO_EXTRAS,
    })),
  );

const grant = (deploymentId: string, expiresAtMs: number | null = null): TokenGrant => ({ tokenId: 't', deploymentId, expiresAtMs, mayPinRevisions: false });

describe('a routing table', () => {
  it('finds every route by its full name', () => {
    fc.assert(
      fc.property(routes, (all) => {
        const table = indexRoutes(all, new Map(), 1);
        for (const route of all) expect(findRoute(table, null, `${route.domain}/${route.name}`)).toBe(route);
      }),
    );
  });

  it('takes a bare name for the default domain, or for the only domain that has it, and else for nobody', () => {
    fc.assert(
      fc.property(routes, fc.constantFrom('m', 'n', 'o'), (all, name) => {
        const holders = all.filter((route) => route.name === name);
        const expected = holders.find(({ domain }) => domain === DEFAULT_DOMAIN) ?? (holders.length === 1 ? holders[0] : undefined);
        expect(findRoute(indexRoutes(all, new Map(), 1), null, name)).toBe(expected ?? null);
      }),
    );
  });

  it('is found by preferred host name whatever the letter case it was recorded in, before any model', () => {
    fc.assert(
      fc.property(routes, (all) => {
        const table = indexRoutes(all, new Map(), 1);
        const last = all.findLast(({ preferredDomainName }) => preferredDomainName === 'One.example');
        if (last !== undefined) expect(findRoute(table, 'one.example', 'm')).toBe(last);
      }),
    );
  });

  it('shows a caller exactly the routes it may use', () => {
    fc.assert(
      fc.property(routes, fc.constantFrom('default-m', 'a-n', 'nobody'), (all, deploymentId) => {
        const table = indexRoutes(all, new Map([['h', grant(deploymentId)]]), 1);
        for (const tokenHash of ['h', 'unknown', null]) {
          const caller = callerOf(table, tokenHash, 0);
          const visible = new Set(visibleRoutes(table, caller, null));
          for (const route of all) {
            const isHolder = tokenHash === 'h' && route.deploymentId === deploymentId;
            expect(visible.has(route)).toBe(route.openToPublic || isHolder);
            expect(mayUse(caller, route)).toBe(visible.has(route));
          }
        }
      }),
    );
  });

  it('lets an expired token use nothing, from the millisecond it expires', () => {
    const open: Route = { deploymentId: 'd', domain: 'a', name: 'm', openToPublic: true, preferredDomainName: null, createdAtMs: 0, version: 1, revisions: [], ...NO_EXTRAS };
    const table = indexRoutes([open], new Map([['h', grant('d', 1_000)]]), 1);
    expect(mayUse(callerOf(table, 'h', 999), open)).toBe(true);
    expect(mayUse(callerOf(table, 'h', 1_000), open)).toBe(false);
  });
});
