import type { RoutingTable } from '@slipway/domain';
import fc from 'fast-check';
import type { RoutingFact, SourcedFact } from './fact-source.js';
import { RoutingTableProjection } from './routing-table.projection.js';

const deploymentId = fc.constantFrom('d1', 'd2');
const revisionId = fc.constantFrom('a', 'b');
const replicaId = fc.constantFrom('r1', 'r2', 'r3', 'r4');
const atMs = 5;
const BELONGING = { deploymentId: 'unread', revisionId: 'unread', atMs };

type Said = { readonly streamId: string; readonly event: RoutingFact };

const onDeployment: fc.Arbitrary<Said> = fc
  .tuple(
    deploymentId,
    fc.oneof(
      fc.constantFrom('m', 'n').map((name) => ({ type: 'DeploymentRenamed', name, previousName: 'x', atMs }) as RoutingFact),
      fc.boolean().map((openToPublic) => ({ type: 'DeploymentVisibilityChanged', openToPublic, atMs }) as RoutingFact),
      fc
        .option(fc.constantFrom('one.example', 'two.example'))
        .map((preferredDomainName) => ({ type: 'PreferredDomainNameChanged', preferredDomainName, previous: null, atMs }) as RoutingFact),
      fc.integer({ min: 1, max: 3 }).map((number) => ({ type: 'RevisionRegistered', revisionId: `rev-${number}`, number, contentHash: 'h', atMs }) as RoutingFact),
      fc.constantFrom<RoutingFact>({ type: 'DeploymentTagsChanged', tags: [], atMs }, { type: 'ReplicasDesired', desiredReplicaCount: 2, atMs }),
    ),
  )
  .map(([id, event]) => ({ streamId: `deployment-${id}`, event }));

const created: fc.Arbitrary<Said> = fc.record({ id: deploymentId, name: fc.constantFrom('m', 'n'), domain: fc.constantFrom('default', 'team') }).map(
  ({ id, name, domain }) => ({
    streamId: `deployment-${id}`,
    event: {
      type: 'DeploymentCreated',
      deploymentId: id,
      name,
      domain,
      project: 'p',
      createdBy: 'me',
      openToPublic: false,
      preferredDomainName: null,
      tags: [],
      strategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } },
      desiredReplicaCount: 1,
      atMs,
    } as unknown as RoutingFact,
  }),
);

const deleted: fc.Arbitrary<Said> = deploymentId.map((id) => ({ streamId: `deployment-${id}`, event: { type: 'DeploymentDeletionRequested', atMs } }));

const routing: fc.Arbitrary<Said> = fc
  .tuple(
    deploymentId,
    fc.constantFrom([], [['a', 100]], [['b', 100]], [['a', 30], ['b', 70]]) as fc.Arbitrary<readonly (readonly [string, number])[]>,
    fc.option(fc.record({ revisionId, percent: fc.constantFrom(10, 50) })),
  )
  .map(([id, weights, mirror]) => ({
    streamId: `status-${id}`,
    event: { type: 'RoutingChanged', weights: weights.map(([revision, weightPercent]) => ({ revisionId: revision, weightPercent })), mirror, atMs },
  }));

const requested: fc.Arbitrary<Said> = fc.tuple(replicaId, deploymentId, revisionId).map(([replica, deployment, revision]) => ({
  streamId: `replica-${replica}`,
  event: { type: 'ReplicaRequested', replicaId: replica, deploymentId: deployment, revisionId: revision, name: replica, ordinal: 0, atMs },
}));

const onReplica: fc.Arbitrary<Said> = fc
  .tuple(
    replicaId,
    fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 9 }).map((port) => ({ type: 'ReplicaLaunched', attempt: 1, endpoint: `http://127.0.0.1:${port}`, handle: 'h', ...BELONGING }) as RoutingFact) },
      { weight: 5, arbitrary: fc.constant<RoutingFact>({ type: 'ReplicaReady', attempt: 1, ...BELONGING }) },
      {
        weight: 2,
        arbitrary: fc.constantFrom<RoutingFact>(
          { type: 'ReplicaUnready', attempt: 1, reason: 'slow', ...BELONGING },
          { type: 'ReplicaExited', attempt: 1, exitCode: 1, signal: null, lastLines: [], restartAtMs: 9, ...BELONGING },
          { type: 'ReplicaDraining', reason: 'rollout', deadlineMs: 9, ...BELONGING },
          { type: 'ReplicaStopped', ...BELONGING },
        ),
      },
    ),
  )
  .map(([id, event]) => ({ streamId: `replica-${id}`, event }));

const onAccess: fc.Arbitrary<Said> = fc.tuple(deploymentId, fc.constantFrom('t1', 't2'), fc.boolean()).map(([id, tokenId, isDeletion]) => ({
  streamId: `access-${id}`,
  event: isDeletion
    ? { type: 'AccessTokenDeleted', tokenId, deploymentId: id, atMs }
    : { type: 'AccessTokenCreated', tokenId, deploymentId: id, name: null, hash: `hash-${tokenId}`, prefix: 'slw-', createdBy: 'me', expiresAtMs: null, mayPinRevisions: false, atMs },
}));

const history: fc.Arbitrary<readonly SourcedFact[]> = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: created },
      { weight: 3, arbitrary: onDeployment },
      { weight: 1, arbitrary: deleted },
      { weight: 3, arbitrary: routing },
      { weight: 4, arbitrary: requested },
      { weight: 8, arbitrary: onReplica },
      { weight: 2, arbitrary: onAccess },
    ),
    { maxLength: 60 },
  )
  .map((said) => said.map((one, index) => ({ ...one, position: (index + 1) * 3 })));

function foldIn(facts: readonly SourcedFact[], snapshotAfter: (index: number) => boolean): { readonly last: RoutingTable; readonly all: readonly RoutingTable[] } {
  const projection = new RoutingTableProjection();
  const all: RoutingTable[] = [];
  facts.forEach((fact, index) => {
    projection.apply(fact);
    if (snapshotAfter(index)) all.push(projection.snapshot());
  });
  return { last: projection.snapshot(), all };
}

describe('the routing table projection', () => {
  it('gives the same table however its facts are cut into snapshots', () => {
    fc.assert(
      fc.property(history, fc.func(fc.boolean()), (facts, snapshotAfter) => {
        const atOnce = foldIn(facts, () => false).last;
        expect(foldIn(facts, () => true).last).toEqual(atOnce);
        expect(foldIn(facts, snapshotAfter).last).toEqual(atOnce);
      }),
    );
  });

  it('gives the same table when facts are said twice', () => {
    fc.assert(
      fc.property(history, fc.nat({ max: 59 }), (facts, again) => {
        const repeated = [...facts, ...facts.slice(again)];
        expect(foldIn(repeated, () => true).last).toEqual(foldIn(facts, () => true).last);
      }),
    );
  });

  it('never changes a table it has given, and keeps every route that did not change', () => {
    fc.assert(
      fc.property(history, (facts) => {
        const projection = new RoutingTableProjection();
        const given: (readonly [RoutingTable, string])[] = [];
        let previous = projection.snapshot();
        for (const fact of facts) {
          projection.apply(fact);
          const table = projection.snapshot();
          for (const [id, route] of table.byDeployment) {
            const before = previous.byDeployment.get(id);
            expect(route === before).toBe(before?.version === route.version);
          }
          given.push([table, text(table)]);
          previous = table;
        }
        for (const [table, asGiven] of given) expect(text(table)).toBe(asGiven);
      }),
      { numRuns: 50 },
    );
  });

  it('routes to a replica exactly from ready until it is anything else, and only where weights are set', () => {
    fc.assert(
      fc.property(history, (facts) => {
        const { last } = foldIn(facts, () => true);
        for (const route of last.byDeployment.values()) {
          const sum = route.revisions.reduce((total, { weightPercent }) => total + weightPercent, 0);
          expect(route.revisions.length === 0 || sum === 100).toBe(true);
          for (const { replicas } of route.revisions)
            for (const replica of replicas) {
              const own = facts.filter(({ streamId }) => streamId === `replica-${replica.replicaId}`);
              expect(own.findLast(({ event }) => event.type !== 'ReplicaRequested')?.event.type).toBe('ReplicaReady');
              expect(route.deploymentId).toBe((own.findLast(({ event }) => event.type === 'ReplicaRequested')?.event as { deploymentId: string }).deploymentId);
            }
        }
      }),
    );
  });

  it('says of every route which revisions there are, and its mirror', () => {
    fc.assert(
      fc.property(history, (facts) => {
        const { last } = foldIn(facts, () => true);
        for (const route of last.byDeployment.values()) {
          const born = facts.findLastIndex(({ streamId, event }) => streamId === `deployment-${route.deploymentId}` && event.type === 'DeploymentCreated');
          const own = facts.slice(born).map(({ streamId, event }) => ({ streamId, event }));
          const registered = own.flatMap(({ streamId, event }) => (streamId === `deployment-${route.deploymentId}` && event.type === 'RevisionRegistered' ? [event] : []));
          expect(new Map(route.revisionIds)).toEqual(new Map(registered.flatMap(({ number, revisionId: id }) => [[String(number), id], [id, id]] as const)));
          const routed = own.findLast(({ streamId, event }) => streamId === `status-${route.deploymentId}` && event.type === 'RoutingChanged')?.event as Extract<RoutingFact, { type: 'RoutingChanged' }> | undefined;
          expect(route.mirror).toEqual(routed?.mirror ?? null);
        }
      }),
    );
  });

  it('has the position of the last fact, whether it mattered or not', () => {
    fc.assert(
      fc.property(history, fc.nat({ max: 9 }), (facts, ahead) => {
        const projection = new RoutingTableProjection();
        for (const fact of facts) projection.apply(fact);
        const position = (facts.at(-1)?.position ?? 0) + ahead;
        projection.pass({ passed: position });
        expect(projection.snapshot().position).toBe(position);
      }),
    );
  });
});

function text({ byDeployment, byModel, byHost, tokens, ...rest }: RoutingTable): string {
  const revisionIds = [...byDeployment.values()].map((route) => [...route.revisionIds]);
  return JSON.stringify([revisionIds, [...byDeployment], [...byModel], [...byHost], [...tokens], rest]);
}
