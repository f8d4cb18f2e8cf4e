import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { VARIANT_PROFILES } from '@slipway/domain';
import { memoryLeases } from '@slipway/leases';
import { fileSecretStore, toGraphQLError } from '@slipway/service';
import type { ExecutionResult } from 'graphql';
import { LedRuntime } from '../logs/led-runtime.js';
import { openReplicaLog } from '../logs/replica-log.js';
import { launchPlanner } from '../replicas/launch-planner.js';
import { openOrchestratorLab, type OrchestratorLab, type OrchestratorLabOptions } from '../testing/orchestrator-lab.js';
import { until } from '../testing/until.js';
import { LOG_TAIL_MAX } from './logs.resolvers.js';

type Line = { readonly text: string; readonly cut: boolean; readonly skippedLines: number; readonly cursor: string };

let lab: OrchestratorLab;
const begin = async (options: OrchestratorLabOptions = {}) => void (lab = await openOrchestratorLab(options));
afterEach(() => lab[Symbol.asyncDispose]());

const LINE = '{ text cut skippedLines cursor }';
const LOGS = `query ($id: ID!, $tail: Int) { replica(id: $id) { logs(tail: $tail) { lines ${LINE} } } }`;
const FOLLOW = `subscription ($id: ID!, $tail: Int, $after: String) { replicaLogs(replicaId: $id, tail: $tail, after: $after) ${LINE} }`;

async function running(spec: object = {}): Promise<{ readonly id: string; readonly replicaId: string }> {
  const { id } = await lab.registry.create({ desiredReplicaCount: 1, spec });
  const { replicaManagement } = await lab.atRest(id, 'ACTIVE', 1);
  return { id, replicaId: replicaManagement.replicas[0]?.id ?? '' };
}

const print = (replicaId: string, ...lines: readonly string[]): void => lines.forEach((line) => lab.runtime.engines.print(replicaId, line));
const lines = async (id: string, tail = 100): Promise<readonly Line[]> => (await lab.ask(LOGS, { id, tail })).replica.logs.lines as Line[];

/** Everything told so far; `ended` resolves with the code of the error, or null. */
async function following(id: string, from: { readonly tail?: number; readonly after?: string } = {}) {
  const iterator = await lab.subscribe(FOLLOW, { id, tail: 10, ...from });
  const told: Line[] = [];
  const read = async (): Promise<string | null> => {
    try {
      for await (const { data, errors } of iterator as AsyncIterable<ExecutionResult<{ replicaLogs: Line }>>) {
        if (errors !== undefined) return JSON.stringify(errors);
        if (data != null) told.push(JSON.parse(JSON.stringify(data.replicaLogs)) as Line);
      }
      return null;
    } catch (error) {
      return String(toGraphQLError(error, 'test').extensions['code']);
    }
  };
  return { told, texts: () => told.map(({ text }) => text), ended: read(), leave: () => iterator.return?.() };
}

describe('logs of a replica', () => {
  it('are its last lines, oldest first, also after it has ended', async () => {
    await begin();
    const { id, replicaId } = await running();
    expect(await lines(replicaId)).toEqual([]);
    print(replicaId, 'one', 'two', 'x'.repeat(5000));
    expect(await lines(replicaId, 2)).toEqual([
      { text: 'two', cut: false, skippedLines: 0, cursor: '2' },
      { text: 'x'.repeat(4096), cut: true, skippedLines: 0, cursor: '3' },
    ]);
    await lab.registry.remove(id);
    await until('it is gone', async () => (await lab.events('ReplicaStopped')).length === 1);
    expect((await lines(replicaId, 3)).map(({ text }) => text.slice(0, 3))).toEqual(['one', 'two', 'xxx']);
  });

  it.each([-1, LOG_TAIL_MAX + 1, null])('are refused for a tail of %s', async (tail) => {
    await begin();
    const { replicaId } = await running();
    expect(await lab.refused(LOGS, { id: replicaId, tail })).toMatchObject({ code: 'INVALID_INPUT', message: `tail must be from 0 to ${LOG_TAIL_MAX}` });
    await expect(lab.subscribe(FOLLOW, { id: replicaId, tail })).rejects.toThrow(`tail must be from 0 to ${LOG_TAIL_MAX}`);
    await expect(lab.subscribe(FOLLOW, { id: replicaId, after: 'x' })).rejects.toThrow('after is no cursor of a line');
  });
});

describe('logs that are followed', () => {
  it('are told from the tail on, each line once and in order, over restarts, until the replica is over', async () => {
    await begin();
    const { id, replicaId } = await running();
    print(replicaId, 'one', 'two', 'three');
    const { texts, told, ended } = await following(replicaId, { tail: 2 });
    await until('the tail', () => told.length === 2);
    print(replicaId, 'four');
    lab.runtime.engines.exit(replicaId, { exitCode: 3 });
    await until('it runs again', async () => (await lab.look(id)).replicaManagement.replicas.some(({ attempt, status }) => attempt === 2 && status === 'RUNNING'));
    print(replicaId, 'five', 'six');
    await until('its further lines', () => told.length === 5);
    await lab.registry.remove(id);
    expect(await ended).toBeNull();
    expect(texts()).toEqual(['two', 'three', 'four', 'five', 'six']);
    expect(told.every(({ skippedLines }) => skippedLines === 0)).toBe(true);
  });

  it('begin where they were when the asker was answered', async () => {
    await begin();
    const { replicaId } = await running();
    print(replicaId, 'one');
    const { texts, told, leave } = await following(replicaId, { tail: 1 });
    print(replicaId, 'two');
    await until('both', () => told.length === 2);
    expect(texts()).toEqual(['one', 'two']);
    await leave();
  });

  it('go on after a line that was told before, and end at once for a replica that is over', async () => {
    await begin();
    const { id, replicaId } = await running();
    print(replicaId, ...Array.from({ length: 2500 }, (_, index) => `line ${index + 1}`));
    const [{ cursor } = { cursor: '' }] = (await lines(replicaId, 2)).slice(0, 1);
    await lab.registry.remove(id);
    await until('it is gone', async () => (await lab.events('ReplicaStopped')).length === 1);
    const rest = await following(replicaId, { after: cursor });
    expect([await rest.ended, rest.texts()]).toEqual([null, ['line 2500']]);
    const all = await following(replicaId, { after: '0' });
    expect([await all.ended, all.texts().length, all.told.every(({ skippedLines }) => skippedLines === 0)]).toEqual([null, 2500, true]);
    const anew = await following(replicaId, { after: '9999' });
    await anew.ended;
    expect(anew.told[0]).toMatchObject({ text: 'line 1', skippedLines: 1 });
  });

  it('are followed no longer when the client leaves', async () => {
    await begin();
    const { replicaId } = await running();
    print(replicaId, 'one');
    const { told, ended, leave } = await following(replicaId);
    await until('the tail', () => told.length === 1);
    await leave();
    expect(await ended).toBeNull();
  });

  it.each([['a made-up id', 'nothing'], ['a NUL', 'nul\0'], ['nothing', '']])('are refused for what does not exist: %s', async (_what, id) => {
    await begin();
    const { ended } = await following(id);
    expect(await ended).toBe('REPLICA_NOT_FOUND');
  });
});

describe('an instance that cannot read them', () => {
  it('says so when another one leads, also to who follows already', async () => {
    const leases = memoryLeases();
    await begin({ leases });
    const { replicaId } = await running();
    print(replicaId, 'one');
    const { told, ended } = await following(replicaId);
    await until('the tail', () => told.length === 1);
    const leaving = new AbortController();
    const other = leases.hold('orchestrator', { signal: leaving.signal });
    leases.revoke('orchestrator');
    await other;
    expect(await ended).toBe('LOGS_NOT_REACHABLE');
    const { code, message } = await lab.refused(LOGS, { id: replicaId, tail: 1 });
    expect([code, message]).toEqual(['LOGS_NOT_REACHABLE', expect.stringContaining(`this instance of the orchestrator does not lead. The orchestrator that leads, on the machine of the replica, can: ask again, or look into replicas/${replicaId}/engine.log`)]);
    leaving.abort();
    await (await other)?.release();
  });

  it('says so when it leads on another machine than the one the replica ran on, or a secret is gone', async () => {
    await begin();
    const { replicaId } = await running();
    const runtime = new LedRuntime();
    using _leading = runtime.lead(lab.runtime);
    const plan = (secrets: readonly string[] | null) => () => Promise.resolve({ healthCheck: null, runtimeVariant: 'mock', secrets: () => Promise.resolve(secrets), command: () => Promise.reject(new Error('unused')) });
    const row = (id: string, attempt: number) => ({ replicaId: id, state: { deploymentId: 'd', revisionId: 'r', attempt } }) as Parameters<typeof openReplicaLog>[1];
    const elsewhere = await openReplicaLog({ runtime, planLaunch: plan([]) }, row('elsewhere-0', 1));
    await expect(elsewhere({ lastLines: 1 })).rejects.toThrow('this machine keeps no log of it');
    const unstarted = await openReplicaLog({ runtime, planLaunch: plan([]) }, row('elsewhere-0', 0));
    expect((await unstarted({ lastLines: 1 })).lines).toEqual([]);
    await expect(openReplicaLog({ runtime, planLaunch: plan(null) }, row(replicaId, 1))).rejects.toThrow('cannot be masked');
  });
});

describe('secrets in what an engine prints', () => {
  it('leave neither with its log, nor while it is followed, nor with the record of its end', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-logs-'));
    mkdirSync(path.join(folder, 'models', 'tiny'), { recursive: true });
    const secrets = fileSecretStore(path.join(folder, 'secrets'), Buffer.alloc(32, 5));
    const engine = { engineEntry: '/opt/engine/main.js', nodePath: process.execPath, baseEnviron: { PATH: '/usr/bin', HTTP_PROXY: 'http://me:proxy-pass@proxy:3128' } };
    await begin({ planLaunch: (log) => launchPlanner({ log, secrets, engine, modelRoot: path.join(folder, 'models'), replicaKey: (replicaId) => `key-of-${replicaId}` }) });
    const environ = { HF_TOKEN: { secretRef: await secrets.put('hf_the-real-value') }, OTHER_API_KEY: 'given-in-the-open', LEVEL: 'debugging' };
    const { replicaId } = await running({ modelRuntimeConfig: { runtimeVariant: 'mock', serviceConfig: null, environ, profile: VARIANT_PROFILES.mock } });
    const { told, leave } = await following(replicaId);
    const filler = 'x'.repeat(4096 - 'hf_the-re'.length);
    print(replicaId, `token=hf_the-real-value key=key-of-${replicaId}`, 'given-in-the-open {"t":"hf_the-real-value"} debugging', 'http://me:proxy-pass@proxy:3128', `${filler}hf_the-real-value`);
    const masked = ['token=*** key=***', '*** {"t":"***"} debugging', 'http://me:***@proxy:3128', `${filler}***`];
    expect((await lines(replicaId)).map(({ text }) => text)).toEqual(masked);
    await until('it was told', () => told.length === 4);
    expect(told.map(({ text }) => text)).toEqual(masked);
    await leave();
    lab.runtime.engines.exit(replicaId, { exitCode: 9 });
    const [exit] = await until('its end', async () => ((await lab.events('ReplicaExited')).length > 0 ? lab.events('ReplicaExited') : null));
    expect(exit.lastLines).toEqual(masked);
    rmSync(folder, { recursive: true, force: true });
  });
});
