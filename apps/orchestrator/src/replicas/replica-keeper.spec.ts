import { replica } from '@slipway/domain';
import { openMemoryEventLog } from '@slipway/event-log';
import { createMemoryReplicaRuntime, type ReplicaRuntime } from '@slipway/runtimes';
import { createLogger } from '@slipway/service';
import { openEngineHealth, type EngineHealth } from '../testing/engine-health.js';
import { until } from '../testing/until.js';
import type { KnownReplica } from './known-replicas.js';
import { LINES_WITHHELD } from './log-mask.js';
import { ReplicaKeeper } from './replica-keeper.js';
import type { ReplicaObservationCommand } from './replica-records.js';

let health: EngineHealth;
beforeEach(async () => void (health = await openEngineHealth()));
afterEach(() => health[Symbol.asyncDispose]());

const launched: KnownReplica = {
  replicaId: 'r-1',
  drainingAt: null,
  traceparent: null,
  state: { ...replica.initialState, phase: 'launched', deploymentId: 'd', revisionId: 'v', attempt: 1 },
};

/** A keeper of one running engine. */
async function keeping(change: (runtime: ReplicaRuntime) => Partial<ReplicaRuntime>, secrets: readonly string[] | null = []) {
  const memory = createMemoryReplicaRuntime({ placementOf: () => ({ host: '127.0.0.1', port: health.port, runFolder: '/run/r-1' }) });
  memory.engines.addStray('r-1', 1);
  const runtime: ReplicaRuntime = {
    launch: (request) => memory.launch(request),
    inspect: (replicaId) => memory.inspect(replicaId),
    stop: (replicaId, options) => memory.stop(replicaId, options),
    list: () => memory.list(),
    readLog: (replicaId, read) => memory.readLog(replicaId, read),
    watch: (onExit) => memory.watch(onExit),
    [Symbol.asyncDispose]: () => memory[Symbol.asyncDispose](),
    ...change(memory),
  };
  const records: ReplicaObservationCommand[] = [];
  const healthCheck = { path: '/health/r-1', intervalMs: 10, retriesMax: 2, timeoutMs: 10_000, expectedStatus: 200, initialDelayMs: 0 };
  const keeper = new ReplicaKeeper(
    'r-1',
    {
      log: openMemoryEventLog(),
      runtime,
      planLaunch: () => Promise.resolve({ healthCheck, runtimeVariant: 'mock', secrets: () => Promise.resolve(secrets), command: () => Promise.reject(new Error('nothing is launched here')) }),
      drains: { drainState: () => ({ drained: true, inFlight: 0 }), onChange: () => () => undefined },
      nowMs: Date.now,
      logger: createLogger('test', { level: 'silent' }),
    },
    async (_replicaId, command) => void records.push(command),
  );
  return { keeper, records, memory };
}

describe('the keeper of a replica', () => {
  it('ends a hung engine once, however often it looks while that takes', async () => {
    health.everyone = 503;
    let stops = 0;
    let letStop: () => void = () => undefined;
    const stopping = new Promise<void>((resolve) => (letStop = resolve));
    const { keeper, records } = await keeping((runtime) => ({
      async stop(replicaId, options) {
        stops += 1;
        await stopping;
        await runtime.stop(replicaId, options);
      },
    }));
    await keeper.step(launched);
    await until('it is being ended', () => stops === 1);
    const asked = health.asked.get('r-1');
    expect(asked).toBeGreaterThan(0);
    for (let look = 0; look < 5; look++) await keeper.step(launched);
    letStop();
    await until('its end is recorded', () => records.length > 0);
    expect(stops).toBe(1);
    expect(health.asked.get('r-1')).toBe(asked);
    expect(records).toEqual([expect.objectContaining({ type: 'RecordExit', attempt: 1, signal: 'SIGTERM' })]);
    keeper.release();
  });

  it('tries again to end a hung engine when that failed', async () => {
    health.everyone = 503;
    let stops = 0;
    const { keeper, records } = await keeping((runtime) => ({
      async stop(replicaId, options) {
        stops += 1;
        if (stops === 1) throw new Error('no permission');
        await runtime.stop(replicaId, options);
      },
    }));
    await keeper.step(launched);
    await until('the first attempt failed', () => stops === 1);
    await until('the next look ends it', async () => {
      await keeper.step(launched);
      return records.length > 0;
    });
    expect(stops).toBe(2);
    keeper.release();
  });

  it('launches again after a passing refusal, and gives up after several', async () => {
    const refused = { type: 'refused' as const, reason: 'LAUNCH_FAILED' as const, message: 'no port is free', isPermanent: false };
    const { keeper, records } = await keeping(() => ({ launch: () => Promise.resolve(refused) }));
    const requested: KnownReplica = { ...launched, state: { ...launched.state, phase: 'requested', attempt: 0 } };
    for (let attempt = 1; attempt <= 4; attempt++) expect(await keeper.step(requested)).toBe(1000);
    expect(records).toEqual([]);
    expect(await keeper.step(requested)).toBeNull();
    expect(records).toEqual([{ type: 'GiveUpReplica', errorData: { reason: 'LAUNCH_FAILED', message: 'no port is free', exitCode: null, signal: null, lastLines: [] } }]);
  });

  it('gives up at once after a lasting refusal', async () => {
    const refused = { type: 'refused' as const, reason: 'UNSUPPORTED' as const, message: 'not here', isPermanent: true };
    const { keeper, records } = await keeping(() => ({ launch: () => Promise.resolve(refused) }));
    await keeper.step({ ...launched, state: { ...launched.state, phase: 'requested', attempt: 0 } });
    expect(records).toEqual([expect.objectContaining({ type: 'GiveUpReplica' })]);
  });

  it('watches on after a restart of the platform: one that was ready and does not answer is unready', async () => {
    health.everyone = 503;
    const { keeper, records } = await keeping(() => ({}));
    await keeper.step({ ...launched, state: { ...launched.state, phase: 'ready' } });
    await until('it is unready', () => records[0]?.type === 'RecordUnready');
    keeper.release();
  });

  it('lets go of the engine without stopping it', async () => {
    const { keeper, records, memory } = await keeping(() => ({}));
    await keeper.step(launched);
    await until('it is ready', () => records.length === 1);
    keeper.release();
    expect((await memory.inspect('r-1'))?.state).toBe('running');
  });

  it.each([
    ['masked by the secrets of its engine', ['hf_the-real-value'], ['token=***', 'over']],
    ['withheld when one of the secrets is not known any more', null, [LINES_WITHHELD]],
  ])('records an end with its last lines %s', async (_how, secrets, lastLines) => {
    const { keeper, records, memory } = await keeping(() => ({}), secrets);
    for (const line of ['token=hf_the-real-value', 'over']) memory.engines.print('r-1', line);
    memory.engines.exit('r-1', { exitCode: 3 });
    await keeper.step(launched);
    expect(records).toEqual([expect.objectContaining({ type: 'RecordExit', exitCode: 3, lastLines })]);
  });
});
