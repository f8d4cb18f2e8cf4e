import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildProjection } from '@slipway/event-log';
import { sqliteReadModels, type ReadModels } from '@slipway/event-log/read-models';
import { openPostgresProjections } from '@slipway/event-log/postgres-projections';
import { locatePostgres, startPostgres, type LocalServer } from '@slipway/local-servers';
import { orchestratorProjections, orchestratorTables } from '../orchestrator.service.js';
import { openOrchestratorLab, type OrchestratorLab } from '../testing/orchestrator-lab.js';
import { until } from '../testing/until.js';
import { TimelineReads, type TimelineQuery } from '../history/timeline-reads.js';
import { OrchestratorReads } from './orchestrator-reads.js';

const LIMIT_MS = 180_000;

(locatePostgres() === null ? describe.skip : describe)('the orchestrator asks the same of SQLite and of a real PostgreSQL (skipped where there is none)', () => {
  let folder: string;
  let lab: OrchestratorLab;
  let server: LocalServer | undefined;
  let places: readonly ReadModels[] = [];
  let reads: readonly OrchestratorReads[] = [];
  let id: string;
  let revisionId: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-orchestrator-reads-'));
    chmodSync(folder, 0o755); // PostgreSQL does not run as root
    lab = await openOrchestratorLab();
    ({ id, revisionId } = await lab.registry.create());
    await lab.atRest(id, 'ACTIVE', 2);
    const second = await lab.registry.publish(id);
    await lab.registry.activate(id, second);
    await until('the second revision serves', async () => (await lab.look(id)).traffic[0]?.revision.id === second);
    await lab.atRest(id, 'ACTIVE', 2);
    server = await startPostgres({ directory: path.join(folder, 'postgres'), durable: false });
    places = [
      await sqliteReadModels(path.join(folder, 'orchestrator.sqlite'))(orchestratorTables),
      await openPostgresProjections({ url: server.url, schema: 'orchestrator', tables: orchestratorTables }),
    ];
    const head = await lab.log.head();
    for (const { store } of places) for (const projection of orchestratorProjections) await buildProjection(lab.log, store, projection, 'live', head);
    reads = places.map(({ dataSource }) => new OrchestratorReads(dataSource, lab.log));
  }, LIMIT_MS);
  afterAll(async () => {
    await Promise.all(places.map((place) => place.close()));
    await server?.stop();
    await lab[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The answer of both; throws when they differ. */
  async function both<T>(ask: (reads: OrchestratorReads) => Promise<T>): Promise<T> {
    const [sqlite, postgres] = await Promise.all(reads.map(ask));
    expect(postgres).toEqual(sqlite);
    return sqlite as T;
  }

  it('keeps equal rows', async () => {
    const [sqlite, postgres] = await Promise.all(places.map(({ store }) => Promise.all(orchestratorProjections.map((projection) => store.digest(projection, 'live')))));
    expect(postgres).toEqual(sqlite);
    expect(sqlite?.every(({ rows }) => rows > 0)).toBe(true);
  });

  it('answers fleets, replicas and rollouts alike', async () => {
    expect((await both((asked) => asked.fleetsById([id, 'nothing']))).size).toBe(1);
    const replicas = await both((asked) => asked.replicas(id));
    expect(replicas).toHaveLength(2);
    expect(await both((asked) => asked.replica(`${id}-0`))).not.toBeNull();
    expect(await both((asked) => asked.replica('nothing'))).toBeNull();
    expect(await both((asked) => asked.revisionError(revisionId))).toBeNull();
    expect((await both((asked) => asked.rollouts(id, 10))).length).toBeGreaterThanOrEqual(2);
    expect(await both((asked) => asked.rollouts(id, 1))).toHaveLength(1);
  });

  const WHOLE = { filter: {}, direction: 'DESC', limit: 1000, after: null } as const;
  it.each<Partial<TimelineQuery>>([
    {},
    { direction: 'ASC', limit: 5 },
    { direction: 'ASC', after: 12 },
    { direction: 'DESC', after: 12 },
    { filter: { types: ['ReplicaReady', 'RolloutStarted'] } },
    { filter: { actor: 'orchestrator', entity: { kind: 'REPLICA' } } },
    { filter: { entity: { kind: 'REVISION', id: 'nothing' } } },
    { filter: { fromMs: 1, toMs: Number.MAX_SAFE_INTEGER } },
  ])('tells a timeline alike for %j', async (given) => {
    const ask = ({ dataSource }: ReadModels) => new TimelineReads(dataSource).page({ deploymentId: id, ...WHOLE, ...given });
    const [sqlite, postgres] = await Promise.all(places.map(ask));
    expect(postgres).toEqual(sqlite);
    expect(sqlite?.length === 0).toBe(given.filter?.entity?.id === 'nothing');
  });

  it('finds the newest fact of an entity, a fact by its id, and numbers of revisions alike', async () => {
    const answers = await Promise.all(
      places.map(async ({ dataSource }) => {
        const reads = new TimelineReads(dataSource);
        const newest = await reads.lastOf({ kind: 'REPLICA', id: `${id}-0` }, Number.MAX_SAFE_INTEGER);
        return { newest, same: await reads.byEventId(newest?.eventId ?? ''), numbers: [...(await reads.revisionNumbers([revisionId, 'nothing']))] };
      }),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.same).toEqual(answers[0]?.newest);
    expect(answers[0]?.numbers).toEqual([[revisionId, 1]]);
  });
});
