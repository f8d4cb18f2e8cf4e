import { startInstance, type Instance } from './fixtures/instance.fixture.js';
import { startInstanceProcess } from './fixtures/instance-process.fixture.js';
import { startGatewayOver } from './fixtures/many-instances.fixture.js';
import { PROCESSES_TIMEOUT_MS, until } from './fixtures/until.fixture.js';

const unavailable = (path: readonly (string | number)[]) => ({ path, extensions: { code: 'UNAVAILABLE', status: 503, fields: { what: 'service crews' } } });

describe('answers while a service is missing', () => {
  let ships: Instance;
  beforeEach(async () => void (ships = await startInstance({ service: 'ships', name: 'a' })));
  afterEach(() => ships.close());
  const fleet = (crews: { readonly url: string }) => [
    { name: 'ships', urls: [ships.url] },
    { name: 'crews', urls: [crews.url] },
  ];

  it('keep what the other service knows, null what is missing, and name the service at the path (X9)', async () => {
    const crews = await startInstance({ service: 'crews', name: 'c' });
    await using over = await startGatewayOver(fleet(crews));
    await crews.close();
    const result = await over.ask('{ instance sailorCount ship(id: "1") { id name mascot } ships { id mascot } }');
    expect(result.data).toEqual({
      instance: 'a',
      sailorCount: null,
      ship: { id: '1', name: 'ship 1', mascot: null },
      ships: [
        { id: '1', mascot: null },
        { id: '2', mascot: null },
      ],
    });
    const byPath = [...(result.errors ?? [])].sort((one, two) => String(one.path).localeCompare(String(two.path)));
    expect(byPath.map(({ path }) => path?.join('.'))).toEqual(['sailorCount', 'ship.mascot', 'ships.0.mascot', 'ships.1.mascot']);
    for (const error of byPath) expect(error).toMatchObject(unavailable(error.path ?? []));
  });

  it('null the nearest parent that may be null where the missing field may not', async () => {
    const crews = await startInstance({ service: 'crews', name: 'c' });
    await using over = await startGatewayOver(fleet(crews));
    await crews.close();
    const result = await over.ask('{ instance ship(id: "1") { name captain } }');
    expect(result.data).toEqual({ instance: 'a', ship: null });
    expect(result.errors).toMatchObject([unavailable(['ship', 'captain'])]);
  });

  it('do not wait for an instance that hangs longer than the named limits', async () => {
    await using crews = await startInstanceProcess({ service: 'crews', name: 'c' });
    await using over = await startGatewayOver(fleet(crews), { limits: { queryAttemptTimeoutMs: 2_000 } });
    expect(await over.ask('{ ship(id: "1") { mascot } }')).toEqual({ data: { ship: { mascot: 'cat of 1' } } });
    crews.child.kill('SIGSTOP');
    const result = await over.ask('{ ship(id: "1") { name mascot } }');
    expect(result.data).toEqual({ ship: { name: 'ship 1', mascot: null } });
    expect(result.errors).toMatchObject([unavailable(['ship', 'mascot'])]);
    expect(over.lines('subgraph.unavailable')[0]?.['reason']).toContain('no answer within 2000 ms');
    crews.child.kill('SIGCONT');
    expect(await over.ask('{ ship(id: "1") { mascot } }')).toEqual({ data: { ship: { mascot: 'cat of 1' } } });
  }, PROCESSES_TIMEOUT_MS);

  it('ask an instance that hangs for less long once it was found to', async () => {
    await using crews = await startInstanceProcess({ service: 'crews', name: 'c' });
    await using over = await startGatewayOver(fleet(crews), { pollIntervalMs: 5, limits: { sdlTimeoutMs: 2_000, probationTimeoutMs: 500 } });
    await until(() => over.lines('graph.taken').length === 1);
    crews.child.kill('SIGSTOP');
    await until(() => over.lines('endpoint.failed').some(({ url }) => url === crews.url));
    expect((await over.ask('{ sailorCount }')).errors).toMatchObject([unavailable(['sailorCount'])]);
    expect(over.lines('subgraph.unavailable').at(-1)?.['reason']).toContain('no answer within 500 ms');
    crews.child.kill('SIGCONT');
    await until(() => over.lines('graph.recovered').length > 0);
    expect(await over.ask('{ sailorCount }')).toEqual({ data: { sailorCount: 42 } });
  }, PROCESSES_TIMEOUT_MS);

  it('do not keep the gateway from closing at once while it waits for an instance that hangs', async () => {
    await using crews = await startInstanceProcess({ service: 'crews', name: 'c' });
    const hour = 3_600_000;
    const over = await startGatewayOver(fleet(crews), { pollIntervalMs: 5, limits: { sdlTimeoutMs: hour } });
    await until(() => over.lines('graph.taken').length === 1);
    crews.child.kill('SIGSTOP');
    // The round after the present one asks it in vain, whichever that is.
    const asked = ships.counts.requests;
    await until(() => ships.counts.requests > asked);
    await over[Symbol.asyncDispose]();
  }, PROCESSES_TIMEOUT_MS);

  it('are whole again as soon as the service is back', async () => {
    const crews = await startInstance({ service: 'crews', name: 'c' });
    await using over = await startGatewayOver(fleet(crews));
    await crews.close();
    expect((await over.ask('{ sailorCount }')).errors).toHaveLength(1);
    const again = await startInstance({ service: 'crews', name: 'c', port: crews.port });
    expect(await over.ask('{ sailorCount }')).toEqual({ data: { sailorCount: 42 } });
    await again.close();
  });
});
