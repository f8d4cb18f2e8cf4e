import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { startInstance, type Instance, type InstanceOptions } from './fixtures/instance.fixture.js';
import { startInstanceProcess } from './fixtures/instance-process.fixture.js';
import { startGatewayOver } from './fixtures/many-instances.fixture.js';
import { PROCESSES_TIMEOUT_MS } from './fixtures/until.fixture.js';

const instances: Instance[] = [];
const started = async (options: InstanceOptions): Promise<Instance> => {
  const instance = await startInstance(options);
  instances.push(instance);
  return instance;
};
afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.close()));
});

const ships = (...of: readonly { readonly url: string }[]) => [{ name: 'ships', urls: of.map(({ url }) => url) }];

describe('a gateway over many instances of a service', () => {
  it('lets them take turns', async () => {
    const [a, b, c] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'ships', name: 'b' }), await started({ service: 'ships', name: 'c' })];
    await using over = await startGatewayOver(ships(a, b, c));
    const answers = [];
    for (let asked = 0; asked < 9; asked += 1) answers.push((await over.ask('{ instance }')).data?.['instance']);
    expect(answers.filter((name) => name === 'a')).toHaveLength(3);
    expect(answers.filter((name) => name === 'b')).toHaveLength(3);
    expect(answers.filter((name) => name === 'c')).toHaveLength(3);
  });

  it('keeps its connections', async () => {
    const a = await started({ service: 'ships', name: 'a' });
    await using over = await startGatewayOver(ships(a));
    await over.ask('{ instance }');
    const before = a.counts.connections;
    for (let asked = 0; asked < 20; asked += 1) await over.ask('{ instance }');
    expect(a.counts.connections).toBe(before);
  });

  it('asks the next one when one is gone, says once that it is, and leaves it out', async () => {
    const [a, b] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'ships', name: 'b' })];
    await using over = await startGatewayOver(ships(a, b));
    await a.close();
    for (let asked = 0; asked < 10; asked += 1) expect(await over.ask('{ instance }')).toEqual({ data: { instance: 'b' } });
    expect(over.lines('endpoint.failed')).toMatchObject([{ subgraph: 'ships', url: a.url }]);
    expect(over.lines('subgraph.unavailable')).toEqual([]);
  });

  it('takes one in again when it is back and tells its schema', async () => {
    const [a, b] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'ships', name: 'b' })];
    await using over = await startGatewayOver(ships(a, b), { pollIntervalMs: 5 });
    await a.close();
    while (over.lines('endpoint.failed').length === 0) await over.ask('{ instance }');
    await started({ service: 'ships', name: 'a', port: a.port });
    while ((await over.ask('{ instance }')).data?.['instance'] !== 'a');
    expect(over.lines('endpoint.returned')).not.toEqual([]);
  });

  it('notices nothing of kept-alive connections that an instance closed meanwhile', async () => {
    const a = await started({ service: 'ships', name: 'a' });
    const sockets = new Set<Socket>();
    a.server.on('connection', (socket) => sockets.add(socket));
    await using over = await startGatewayOver(ships(a));
    await Promise.all(Array.from({ length: 8 }, () => over.ask('{ instance }')));
    // The next request on each is answered with a reset, as by an instance that closes just as the request arrives.
    for (const socket of sockets) {
      socket.removeAllListeners('data');
      socket.on('data', () => socket.resetAndDestroy());
    }
    const answers = await Promise.all(Array.from({ length: 8 }, () => over.ask('{ instance }')));
    expect(answers).toEqual(answers.map(() => ({ data: { instance: 'a' } })));
    expect(over.lines('endpoint.failed')).toEqual([]);
  });

  it('repeats a mutation at another instance under the same command id when one leaves after the effect', async () => {
    const a: Instance = await started({ service: 'ships', name: 'a', afterEffect: () => a.server.closeAllConnections() });
    const b = await started({ service: 'ships', name: 'b' });
    await using over = await startGatewayOver(ships(a, b));
    const results = [];
    while (a.effects.length === 0) results.push(await over.ask('mutation { launch(name: "x") }'));
    expect(results.at(-1)).toEqual({ data: { launch: 'x at b' } });
    expect(a.effects).toHaveLength(1);
    expect(b.effects).toContain(a.effects[0]);
    expect(new Set(b.effects).size).toBe(b.effects.length);
  });

  it('asks a single address again, because it may stand for many instances', async () => {
    const a = await started({ service: 'ships', name: 'a' });
    await using over = await startGatewayOver(ships(a));
    await over.ask('{ instance }');
    let cut = 0;
    a.server.prependListener('request', (request: IncomingMessage) => {
      // Also on the fresh connection that replaces a kept-alive one.
      if (cut < 2) request.socket.resetAndDestroy();
      cut += 1;
    });
    expect(await over.ask('mutation { launch(name: "x") }')).toEqual({ data: { launch: 'x at a' } });
    expect(cut).toBe(3);
    expect(new Set(a.effects).size).toBe(1);
  });

  it('does not repeat a mutation whose instance is only late', async () => {
    const [a, b] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'ships', name: 'b' })];
    await using over = await startGatewayOver(ships(a, b), { limits: { mutationTimeoutMs: 1_000 } });
    let arrived = 0;
    for (const { server } of [a, b]) {
      server.removeAllListeners('request');
      server.on('request', () => (arrived += 1));
    }
    const result = await over.ask('mutation { launch(name: "x") }');
    expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', fields: { what: 'service ships' } });
    expect(arrived).toBe(1);
    expect(over.lines('endpoint.failed')).toEqual([]);
  });

  it('tells each service its own asker, also when two ask the same at once', async () => {
    const a = await started({ service: 'ships', name: 'a' });
    await using over = await startGatewayOver(ships(a));
    const ids = Array.from({ length: 10 }, (_unused, index) => `request-${index}`);
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await Promise.all(ids.map(async (id) => (await over.post('{ instance }', { 'x-request-id': id, traceparent })).json()));
    expect(a.seen.map(({ requestId }) => requestId).sort()).toEqual(ids);
    expect(new Set(a.seen.map((request) => request.traceparent))).toEqual(new Set([traceparent]));
  });

  it('goes on to the next one when one does not answer a query in time', async () => {
    const [a, b] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'ships', name: 'b' })];
    await using over = await startGatewayOver(ships(a, b), { limits: { queryAttemptTimeoutMs: 2_000 } });
    a.server.removeAllListeners('request');
    for (let asked = 0; asked < 2; asked += 1) // they take turns, so one of these comes to the silent one first
      expect(await over.ask('{ instance }')).toEqual({ data: { instance: 'b' } });
    expect(over.lines('endpoint.failed')).toEqual([]);
  });

  it('answers UNAVAILABLE without a word of addresses when none is left, and says in the log what each said', async () => {
    const [a, b] = [await started({ service: 'ships', name: 'a' }), await started({ service: 'ships', name: 'b' })];
    await using over = await startGatewayOver(ships(a, b));
    await Promise.all([a.close(), b.close()]);
    const result = await over.ask('{ ship(id: "1") { id } }');
    expect(result.errors?.[0]).toMatchObject({ path: ['ship'], extensions: { code: 'UNAVAILABLE', status: 503, fields: { what: 'service ships' } } });
    expect(JSON.stringify(result)).not.toMatch(/ECONN|127\.0\.0\.1/);
    const [line] = over.lines('subgraph.unavailable');
    expect(line?.['reason']).toContain(`127.0.0.1:${a.port}`);
    expect(line?.['reason']).toContain(`127.0.0.1:${b.port}`);
  });

  it('says in the log, not to clients, that a service refuses its token', async () => {
    const a = await started({ service: 'ships', name: 'a', internalToken: 'another-token-altogether' });
    await using over = await startGatewayOver(ships(a));
    expect(await over.ready()).toMatchObject({ status: 503, detail: expect.stringContaining('service ships does not answer') });
    expect(over.lines('graph.degraded')).toMatchObject([{ failures: { ships: [expect.stringContaining('refuses the internal token')] } }]);
    const response = await over.post('{ instance }');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
  });
});

describe('a gateway over instances that are processes of their own', () => {
  it('fails no request while one after the other is killed under load and started again', async () => {
    const options = ['a', 'b'].map((name) => ({ service: 'ships' as const, name }));
    let [a, b] = await Promise.all(options.map((given) => startInstanceProcess(given)));
    if (a === undefined || b === undefined) throw new Error('two were started');
    const ports = [a, b].map(({ url }) => Number(new URL(url).port));
    await using over = await startGatewayOver(ships(a, b), { pollIntervalMs: 20 });
    let loading = true;
    const failures: unknown[] = [];
    let answered = 0;
    const client = async (query: string): Promise<void> => {
      while (loading) {
        const result = await over.ask(query);
        if (result.errors === undefined) answered += 1;
        else failures.push(result);
      }
    };
    const clients = [client('{ instance }'), client('{ instance ships { name } }'), client('mutation { launch(name: "x") }'), client('{ ship(id: "1") { name } }')];
    for (let round = 0; round < 2; round += 1) {
      const returned = () => over.lines('endpoint.returned').length;
      for (const index of [0, 1]) {
        const before = returned();
        await (index === 0 ? a : b).kill();
        const again = await startInstanceProcess({ ...options[index]!, port: ports[index]! });
        if (index === 0) a = again;
        else b = again;
        while (returned() === before) await over.ask('{ instance }');
      }
    }
    loading = false;
    await Promise.all(clients);
    await Promise.all([a.kill(), b.kill()]);
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(20);
  }, PROCESSES_TIMEOUT_MS);

  it('answers by another instance when one is killed in the middle of a mutation', async () => {
    await using a = await startInstanceProcess({ service: 'ships', name: 'a', diesAfterEffect: true });
    await using b = await startInstanceProcess({ service: 'ships', name: 'b' });
    await using over = await startGatewayOver(ships(a, b));
    for (let asked = 0; asked < 4; asked += 1) expect(await over.ask('mutation { launch(name: "x") }')).toEqual({ data: { launch: 'x at b' } });
    expect(a.child.signalCode).toBe('SIGKILL');
  }, PROCESSES_TIMEOUT_MS);
});
