import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { registrarProcess } from '@slipway/domain';
import { eventIdOf, openSqliteEventLog, type NewEvent } from '@slipway/event-log';
import { replay } from './fixtures/recorded-terminal.js';
import { DEPLOYMENT, SmallPlatform } from './fixtures/small-platform.js';

let recorded: string;
let dataDir: string;
const directories: string[] = [];

const freshDirectory = (): string => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-replay-spec-'));
  directories.push(directory);
  return directory;
};

beforeAll(async () => {
  recorded = freshDirectory();
  await using platform = await SmallPlatform.start(recorded);
  await platform.deploy();
  await platform.rollOut('r2');
  await platform.buildReadModels();
});
beforeEach(() => fs.cpSync(recorded, (dataDir = freshDirectory()), { recursive: true }));
afterAll(() => directories.forEach((directory) => fs.rmSync(directory, { recursive: true, force: true })));

/** Changes an SQLite file behind everybody's back. */
function tamper(file: string, sql: string): void {
  using database = new DatabaseSync(path.join(dataDir, file));
  database.exec(sql);
}

const tableLike = (file: string, prefix: string): string => {
  using database = new DatabaseSync(path.join(dataDir, file), { readOnly: true });
  return String(database.prepare(`SELECT "tableName" FROM projection_checkpoints WHERE "tableName" LIKE ?`).get(`${prefix}%`)?.['tableName']);
};

describe('a sound data directory', () => {
  it('is verified whole: chain, streams, decisions and every read model', async () => {
    const { exitCode, answer, notes } = await replay(dataDir, 'verify');
    expect(notes).toBe('');
    expect(answer).toMatch(/^hash chain +\d+ events +ok$/m);
    expect(answer).toMatch(/^process fleet +1 stream, \d+ events, \d+ decisions made again with \d+ effects +ok$/m);
    expect(answer).toMatch(/^process registrar .* ok$/m);
    for (const category of ['access', 'deployment', 'name', 'replica', 'revision', 'rollout', 'status'])
      expect(answer).toMatch(new RegExp(`^streams ${category} .* ok$`, 'm'));
    for (const [projection, rows] of [['deployments', '1 row'], ['revisions', '2 rows'], ['access-tokens', '1 row'], ['fleets', '1 row'], ['replicas', '4 rows'], ['rollouts', '2 rows']])
      expect(answer).toMatch(new RegExp(`^projection ${projection} +${rows} at position \\d+ +ok$`, 'm'));
    expect(answer).toMatch(/^sound: /m);
    expect(exitCode).toBe(0);
  });

  it('is left exactly as it was', async () => {
    const listing = () =>
      fs.readdirSync(dataDir, { recursive: true, withFileTypes: true }).map((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [file, fs.statSync(file).mtimeMs, entry.isFile() ? fs.readFileSync(file, 'hex') : ''];
      });
    const before = listing();
    for (const command of ['verify', 'streams']) await replay(dataDir, command);
    expect(listing()).toEqual(before);
  });

  it('is verified from a directory that may only be read, as a backup is', async () => {
    fs.chmodSync(path.join(dataDir, 'read-models'), 0o500);
    fs.chmodSync(dataDir, 0o500);
    expect((await replay(dataDir, 'verify')).exitCode).toBe(0);
    fs.chmodSync(dataDir, 0o700);
    fs.chmodSync(path.join(dataDir, 'read-models'), 0o700);
  });

  it('is verified while the platform runs and writes', async () => {
    await using platform = await SmallPlatform.start(dataDir);
    const writing = platform.rollOut('r3');
    const during = await replay(dataDir, 'verify');
    await writing;
    const after = await replay(dataDir, 'verify');
    expect([during.answer, after.answer].filter((answer) => !answer.includes('sound: '))).toEqual([]);
    expect([during.exitCode, after.exitCode]).toEqual([0, 0]);
  });

  it('is verified when its read models lag behind, and before there are any', async () => {
    await using platform = await SmallPlatform.start(dataDir);
    await platform.rollOut('r3');
    expect((await replay(dataDir, 'verify')).exitCode).toBe(0);
    fs.rmSync(path.join(dataDir, 'read-models'), { recursive: true });
    const { exitCode, answer } = await replay(dataDir, 'verify');
    expect(answer).toMatch(/^read model registry.sqlite +nothing +no such file yet$/m);
    expect(exitCode).toBe(0);
  });

  it('tells the same in JSON', async () => {
    const { answer } = await replay(dataDir, 'verify', '--json');
    const { sound, head, checks } = JSON.parse(answer) as { sound: boolean; head: { position: number; hash: string }; checks: { name: string }[] };
    expect(sound).toBe(true);
    expect(head.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(checks.map(({ name }) => name)).toContain('projection rollouts');
  });
});

describe('a log that was tampered with', () => {
  it.each([
    ['an edited event', `UPDATE events SET data = replace(data, 'tester', 'tamper') WHERE type = 'DeploymentCreated'`],
    ['an event of another type', `UPDATE events SET type = 'ReplicaUnready' WHERE type = 'ReplicaReady' AND position < 40`],
    ['a missing row', `DELETE FROM events WHERE position = 5`],
    ['a missing end', `DELETE FROM events WHERE position > 20`],
    ['two events in each other\'s place', `UPDATE events SET position = -position WHERE position IN (7, 8); UPDATE events SET position = 15 + position WHERE position < 0`],
  ])('is found corrupt: %s', async (_what, sql) => {
    tamper('log.sqlite', sql);
    const { exitCode, notes } = await replay(dataDir, 'verify');
    expect(exitCode).toBe(4);
    expect(notes).toMatch(/^slipway-replay: the event log .* is damaged: [^\n]*$/);
    expect(notes).toContain(path.join(dataDir, 'log.sqlite'));
  });
});

describe('read models that were tampered with', () => {
  it.each([
    ['a changed row', 'registry.sqlite', 'deployments', (table: string) => `UPDATE "${table}" SET row = json_set(row, '$.state.desiredReplicaCount', 9)`, `row ${DEPLOYMENT} differs at state.desiredReplicaCount: live 9, rebuilt 2`],
    ['a changed column', 'registry.sqlite', 'deployments', (table: string) => `UPDATE "${table}" SET openToPublic = 1`, `row ${DEPLOYMENT} differs from its row at column openToPublic: live 1, rebuilt 0`],
    ['a missing row', 'orchestrator.sqlite', 'replicas', (table: string) => `DELETE FROM "${table}" WHERE key = '${DEPLOYMENT}-1'`, `row ${DEPLOYMENT}-1 is missing`],
    ['a row too many', 'registry.sqlite', 'access_tokens', (table: string) => `INSERT INTO "${table}" SELECT 't0', row, deploymentId, createdAtMs FROM "${table}"`, 'row t0 is served, but the log gives no such row'],
    ['a row that is no JSON', 'orchestrator.sqlite', 'fleets', (table: string) => `UPDATE "${table}" SET row = '{'`, `row ${DEPLOYMENT} is no JSON`],
    ['a checkpoint past the end', 'orchestrator.sqlite', 'fleets', () => `UPDATE projection_checkpoints SET position = 100000`, 'it stands at position 100000, but the log ends at'],
    ['a projection nobody knows', 'registry.sqlite', 'revisions', () => `INSERT INTO projection_checkpoints VALUES ('secrets_v1_00000000', 'secrets', 3)`, 'this release knows no projection secrets'],
  ])('differ, and the first difference is named: %s', async (_what, file, prefix, sql, finding) => {
    tamper(path.join('read-models', file), sql(tableLike(path.join('read-models', file), prefix)));
    const { exitCode, answer } = await replay(dataDir, 'verify');
    expect(answer).toContain(finding);
    expect(answer).toMatch(/^\d+ differences?: the log is whole/m);
    expect(exitCode).toBe(1);
  });

  it('are found when one is no database any more', async () => {
    fs.writeFileSync(path.join(dataDir, 'read-models', 'registry.sqlite'), 'x'.repeat(8192));
    const { exitCode, answer } = await replay(dataDir, 'verify');
    expect(answer).toContain('registry.sqlite cannot be read');
    expect(exitCode).toBe(1);
  });
});

describe('a history that was never decided', () => {
  /** Whole as a log, so that only folding finds it. */
  async function append(streamId: string, type: string, data: object, version = 1): Promise<void> {
    await using log = await openSqliteEventLog(path.join(dataDir, 'log.sqlite'));
    const event: NewEvent = { id: eventIdOf('forged', streamId, 0), type, version, data, metadata: { actor: 'tester' } };
    await log.append(streamId, [event], 'any');
  }
  const of = { deploymentId: DEPLOYMENT, revisionId: 'r1', atMs: 1 };
  const fleetStream = `process-fleet-${DEPLOYMENT}`;

  it.each<[string, string, string, object, string]>([
    ['an impossible transition', `replica-${DEPLOYMENT}-0`, 'ReplicaReady', { ...of, attempt: 1 }, 'ReplicaReady cannot stand here: it does not hold that nothing follows its end'],
    ['an illegal status', `status-${DEPLOYMENT}`, 'DeploymentStatusChanged', { from: 'ACTIVE', to: 'DESTROYED', reason: '', atMs: 1 }, 'DESTROYED may follow ACTIVE'],
    ['an event in a stream of another kind', `name-default/tiny`, 'ReplicaStopped', of, 'ReplicaStopped does not belong in a name stream'],
    ['an event that breaks its contract', `name-default/tiny`, 'NameReleased', { deploymentId: '', atMs: 1 }, 'NameReleased breaks its contract: deploymentId'],
    ['an event of a newer release', `name-default/tiny`, 'NamePainted', {}, 'NamePainted does not belong in a name stream'],
    ['a stream of no known kind', `unicorn-1`, 'NameReleased', { deploymentId: 'd', atMs: 1 }, 'unicorn-1: this release knows no streams of this kind'],
    ['a fact that never was', fleetStream, 'ProcessInputTaken', { sourcePosition: 100_000, takenAtMs: 1, input: {}, timers: [], effects: [] }, 'it took a fact from position 100000, which is later'],
    ['an effect nobody planned', fleetStream, 'ProcessEffectPerformed', { effectId: `${fleetStream}/0/7` }, `effect ${fleetStream}/0/7 was performed without having been planned`],
    ['a timer nobody armed', fleetStream, 'ProcessTimerFired', { timerId: 'alarm', armedBy: 'nobody', takenAtMs: 1, input: {}, timers: [], effects: [] }, 'timer alarm fired without having been armed by nobody'],
  ])('is found by folding: %s', async (_what, streamId, type, data, finding) => {
    fs.rmSync(path.join(dataDir, 'read-models'), { recursive: true });
    await append(streamId, type, data);
    const { exitCode, answer } = await replay(dataDir, 'verify');
    expect(answer).toContain(finding);
    expect(answer).toMatch(/^1 difference: /m);
    expect(exitCode).toBe(1);
  });

  /** A step of the registrar that today's rules would never plan so: they arm a timer. */
  const stepByRules = (logicVersion: number) => {
    const input = { from: 'name', nameStream: 'name-default/tiny', event: { type: 'NameReserved', deploymentId: 'x', atMs: 1 } };
    return append('process-registrar-x', 'ProcessInputTaken', { logicVersion, sourcePosition: 1, takenAtMs: 1, input, timers: [], effects: [] }, 2);
  };

  it('is found by deciding again what the rules of today decided', async () => {
    await stepByRules(registrarProcess.version);
    const { exitCode, answer } = await replay(dataDir, 'verify');
    expect(answer).toContain('decided again it comes out differently at timers[0]: recorded nothing');
    expect(exitCode).toBe(1);
  });

  it.each([
    ['older', registrarProcess.version - 1],
    ['newer', registrarProcess.version + 1],
  ])('is not seen in what %s rules decided otherwise: that is folded, counted and said', async (which, version) => {
    fs.rmSync(path.join(dataDir, 'read-models'), { recursive: true });
    await stepByRules(version);
    const { exitCode, answer } = await replay(dataDir, 'verify');
    expect(answer).toMatch(new RegExp(`^process registrar .* decisions made again .*, 1 step by ${which} rules: folded, not made again +ok$`, 'm'));
    expect(exitCode).toBe(0);
  });
});
