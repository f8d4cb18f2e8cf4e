import { createLogger } from '@slipway/service';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startInstance, type Instance, type InstanceOptions } from './fixtures/instance.fixture.js';
import { startGatewayOver, type GatewayUnderTest } from './fixtures/many-instances.fixture.js';
import { until } from './fixtures/until.fixture.js';
import { lastGoodGraphIn, type LastGoodGraph } from './graph/last-good-graph.js';

const POLL_MS = 5;
const CHANGED = 'extend type Query { added: String }';
/** Fits no schema that knows `Ship` as a type. */
const UNFIT = 'scalar Unfit extend type Query { sailorCount: Unfit }';

const instances = new Set<Instance>();
const directories: string[] = [];
const started = async (options: InstanceOptions): Promise<Instance> => {
  const instance = await startInstance(options);
  instances.add(instance);
  return instance;
};
const closed = async (instance: Instance): Promise<void> => {
  instances.delete(instance);
  await instance.close();
};
afterEach(async () => {
  await Promise.all([...instances].map(closed));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

const fleetOf = (ships: readonly Instance[], crews: readonly Instance[]) => [
  { name: 'ships', urls: ships.map(({ url }) => url) },
  { name: 'crews', urls: crews.map(({ url }) => url) },
];
const knows = async (over: GatewayUnderTest, field: string): Promise<boolean> => {
  const result = await over.ask('{ __type(name: "Query") { fields { name } } }');
  return JSON.stringify(result.data).includes(`"${field}"`);
};
/** Until both instances were asked for their schema that often again. */
const rounds = async (count: number, ...of: readonly Instance[]): Promise<void> => {
  const before = of.map(({ counts }) => counts.requests);
  await until(() => of.every(({ counts }, index) => counts.requests >= (before[index] ?? 0) + count));
};

describe('the graph while services are upgraded', () => {
  it('changes without a restart, once, to the newest schema, and stays there while both are told', async () => {
    const [a, b, crews] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'ships', name: 'b' }), await started({ service: 'crews', name: 'c' })];
    await using over = await startGatewayOver(fleetOf([a, b], [crews]), { pollIntervalMs: POLL_MS });
    expect(await knows(over, 'added')).toBe(false);
    await closed(b);
    const newer = await started({ service: 'ships', name: 'b', port: b.port, moreSdl: CHANGED });
    await until(() => over.lines('graph.taken').length === 2);
    expect(await knows(over, 'added')).toBe(true);
    await rounds(30, a, newer);
    // The newer one restarts: nobody tells the new schema for a while.
    await closed(newer);
    await rounds(3, a);
    const again = await started({ service: 'ships', name: 'b', port: b.port, moreSdl: CHANGED });
    await rounds(3, a, again);
    expect(over.lines('graph.taken')).toHaveLength(2);
    expect(await knows(over, 'added')).toBe(true);
  });

  it('goes back once after a roll-back, when nobody has told the newer schema for long', async () => {
    const [a, crews] = [await started({ service: 'ships', name: 'a', moreSdl: CHANGED }), await started({ service: 'crews', name: 'c' })];
    await using over = await startGatewayOver(fleetOf([a], [crews]), { pollIntervalMs: POLL_MS });
    expect(await knows(over, 'added')).toBe(true);
    await closed(a);
    await started({ service: 'ships', name: 'a', port: a.port });
    await until(() => over.lines('graph.taken').length === 2);
    expect(await knows(over, 'added')).toBe(false);
  });

  it('keeps the last good graph while the newest schema does not compose, says so once, and recovers', async () => {
    const [ships, crews] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'crews', name: 'c' })];
    await using over = await startGatewayOver(fleetOf([ships], [crews]), { pollIntervalMs: POLL_MS });
    expect(await over.ready()).toEqual({ status: 200, detail: undefined });
    await closed(ships);
    const unfit = await started({ service: 'ships', name: 'a', port: ships.port, moreSdl: UNFIT });
    await until(() => over.lines('graph.degraded').some(({ msg }) => msg.includes('do not compose')));
    expect(await over.ask('{ ship(id: "1") { name captain } }')).toEqual({ data: { ship: { name: 'ship 1', captain: 'captain of 1' } } });
    expect(await over.ready()).toMatchObject({ status: 200, detail: expect.stringMatching(/degraded.*do not compose/s) });
    const said = over.lines('graph.degraded').length;
    await rounds(5, unfit, crews);
    expect(over.lines('graph.degraded')).toHaveLength(said);
    await closed(unfit);
    await started({ service: 'ships', name: 'a', port: ships.port, moreSdl: CHANGED });
    await until(() => over.lines('graph.recovered').length > 0);
    expect(await knows(over, 'added')).toBe(true);
    expect(await over.ready()).toEqual({ status: 200, detail: undefined });
  });

  it('keeps the last good graph and its readiness while a service is down', async () => {
    const [ships, crews] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'crews', name: 'c' })];
    await using over = await startGatewayOver(fleetOf([ships], [crews]), { pollIntervalMs: POLL_MS });
    await closed(crews);
    await until(() => over.lines('graph.degraded').length > 0);
    expect(over.lines('graph.degraded')).toMatchObject([{ troubles: ['service crews does not answer'], serving: true }]);
    expect(await over.ready()).toMatchObject({ status: 200, detail: expect.stringContaining('service crews does not answer') });
    expect(await over.ask('{ ship(id: "1") { name } }')).toEqual({ data: { ship: { name: 'ship 1' } } });
  });

  it('lets subscriptions go on over the graph they were asked of', async () => {
    const [ships, crews] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'crews', name: 'c' })];
    await using over = await startGatewayOver(fleetOf([ships], [crews]), { pollIntervalMs: POLL_MS });
    const left = new AbortController();
    const response = await over.post('subscription { shipSailed { id captain } }', { accept: 'text/event-stream' }, left.signal);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    await until(() => ships.watcherCount() === 1);
    await closed(crews);
    for (const moreSdl of [CHANGED, `${CHANGED} extend type Query { more: String }`]) {
      const taken = over.lines('graph.taken').length;
      const changed = await started({ service: 'crews', name: 'c', port: crews.port, moreSdl });
      await until(() => over.lines('graph.taken').length === taken + 1);
      ships.sail(`after ${taken}`);
      let text = '';
      while (!text.includes(`after ${taken}`)) text += (await reader.read()).value ?? '';
      expect(text).toContain(`captain of after ${taken}`);
      if (!moreSdl.includes('more')) await closed(changed);
    }
    left.abort();
    await until(() => ships.watcherCount() === 0 && over.gateway.subscriptionCount() === 0);
  });
});

describe('a gateway that starts before its services', () => {
  it('is alive but not ready, answers one clear error, and serves as soon as every service has told its schema', async () => {
    const [ships, crews] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'crews', name: 'c' })];
    const services = fleetOf([ships], [crews]);
    await Promise.all([closed(ships), closed(crews)]);
    await using over = await startGatewayOver(services, { pollIntervalMs: POLL_MS });
    expect((await fetch(`${over.gateway.url}/healthz`)).status).toBe(200);
    expect(await over.ready()).toMatchObject({ status: 503, detail: expect.stringContaining('service ships and service crews') });
    const refused = await over.post('{ instance }');
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ errors: [{ message: 'the graph, which waits for service ships and service crews, is not available right now; try again', extensions: { code: 'UNAVAILABLE', status: 503 } }] });
    await started({ service: 'ships', name: 'a', port: ships.port });
    await until(() => over.lines('graph.degraded').some(({ msg }) => !msg.includes('ships')));
    expect((await over.ready()).detail).toContain('waits for service crews');
    await started({ service: 'crews', name: 'c', port: crews.port });
    await until(() => over.lines('graph.taken').length === 1);
    expect(await over.ask('{ instance sailorCount }')).toEqual({ data: { instance: 'a', sailorCount: 42 } });
    expect((await over.ready()).status).toBe(200);
  });
});

describe('the last good graph in a file', () => {
  const kept = (): { directory: string; lastGood: LastGoodGraph; lines: string[] } => {
    const directory = mkdtempSync(path.join(tmpdir(), 'slipway-gateway-'));
    directories.push(directory);
    const lines: string[] = [];
    return { directory, lines, lastGood: lastGoodGraphIn(path.join(directory, 'cache'), createLogger('gateway', { destination: { write: (line) => void lines.push(line) } })) };
  };

  it('lets a gateway serve that starts while a service is down', async () => {
    const [ships, crews] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'crews', name: 'c' })];
    const { lastGood } = kept();
    const services = fleetOf([ships], [crews]);
    await (await startGatewayOver(services, { lastGood }))[Symbol.asyncDispose]();
    await closed(crews);
    await using over = await startGatewayOver(services, { lastGood });
    expect(await over.ask('{ ship(id: "1") { name mascot } }')).toMatchObject({ data: { ship: { name: 'ship 1', mascot: null } }, errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
    expect(await over.ready()).toMatchObject({ status: 200, detail: expect.stringContaining('service crews does not answer') });
  });

  it('gives way to what services tell', async () => {
    const [ships, crews] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'crews', name: 'c' })];
    const { lastGood } = kept();
    await (await startGatewayOver(fleetOf([ships], [crews]), { lastGood }))[Symbol.asyncDispose]();
    await closed(ships);
    const changed = await started({ service: 'ships', name: 'a', moreSdl: CHANGED });
    await using over = await startGatewayOver(fleetOf([changed], [crews]), { lastGood });
    expect(await knows(over, 'added')).toBe(true);
  });

  it('is not needed: what cannot be read or written is said in the log and done without', async () => {
    const [ships, crews] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'crews', name: 'c' })];
    const { directory, lastGood, lines } = kept();
    await (await startGatewayOver(fleetOf([ships], [crews]), { lastGood }))[Symbol.asyncDispose]();
    const file = path.join(directory, 'cache', 'last-good-graph.json');
    for (const damaged of [readFileSync(file, 'utf8').slice(0, 40), '{"version":2,"parts":[]}']) {
      writeFileSync(file, damaged);
      await using over = await startGatewayOver(fleetOf([ships], [crews]), { lastGood });
      expect((await over.ready()).status).toBe(200);
    }
    expect(lines.filter((line) => line.includes('graph.cache-unreadable'))).toHaveLength(2);
    const blocked = lastGoodGraphIn(path.join(file, 'below-a-file'), createLogger('gateway', { destination: { write: (line) => void lines.push(line) } }));
    await using over = await startGatewayOver(fleetOf([ships], [crews]), { lastGood: blocked });
    expect((await over.ready()).status).toBe(200);
    expect(lines.some((line) => line.includes('graph.cache-unwritable'))).toBe(true);
  });
});
