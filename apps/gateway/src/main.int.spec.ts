import { derivedKey } from '@slipway/service';
import { createClient } from 'graphql-sse';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startGatewayProcess } from './fixtures/gateway-process.fixture.js';
import { startInstance, type Instance } from './fixtures/instance.fixture.js';
import { PROCESSES_TIMEOUT_MS, until } from './fixtures/until.fixture.js';

const MASTER_KEY = 'ab'.repeat(32);
const ADMIN_TOKEN = 'an-admin-token-of-this-test';
const internalToken = derivedKey(Buffer.from(MASTER_KEY, 'hex'), 'internal-token').toString('hex');

let [a, b, crews]: Instance[] = [];
let directory: string;
beforeEach(async () => {
  [a, b, crews] = await Promise.all([
    startInstance({ service: 'ships', name: 'a', internalToken }),
    startInstance({ service: 'ships', name: 'b', internalToken }),
    startInstance({ service: 'crews', name: 'c', internalToken }),
  ]);
  directory = mkdtempSync(path.join(tmpdir(), 'slipway-gateway-'));
});
afterEach(async () => {
  await Promise.all([a!.close(), b!.close(), crews!.close()]);
  rmSync(directory, { recursive: true });
});

const environ = (more: Record<string, string> = {}): Record<string, string> => {
  writeFileSync(path.join(directory, 'admin-token'), `${ADMIN_TOKEN}\n`, { mode: 0o600 });
  return {
    SLIPWAY_ADMIN_TOKEN_FILE: path.join(directory, 'admin-token'),
    SLIPWAY_MASTER_KEY: MASTER_KEY,
    SLIPWAY_GATEWAY_PORT: '0',
    SLIPWAY_SUBGRAPHS: `ships=${a!.url}|${b!.url},crews=${crews!.url}`,
    SLIPWAY_SUBGRAPH_POLL_MS: '100',
    ...more,
  };
};
const ask = async (url: string, query: string, token = ADMIN_TOKEN): Promise<{ status: number; body: unknown }> => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return { status: response.status, body: await response.json() };
};

describe('the gateway as a process of its own', () => {
  it('joins the services it is told of, for whoever has the admin token', async () => {
    await using gateway = startGatewayProcess(environ());
    const { url, healthUrl } = await gateway.ready();
    expect(await ask(url, '{ sailorCount ship(id: "1") { name captain } }')).toEqual({ status: 200, body: { data: { sailorCount: 42, ship: { name: 'ship 1', captain: 'captain of 1' } } } });
    expect(await ask(url, '{ sailorCount }', 'not-the-admin-token-at-all')).toMatchObject({ status: 401, body: { errors: [{ message: expect.stringContaining('SLIPWAY_ADMIN_TOKEN') }] } });
    for (const base of [url, healthUrl]) expect(await (await fetch(`${base}/readyz`)).json()).toMatchObject({ ready: true, checks: { graph: { ready: true } } });
    expect(gateway.output()).not.toContain(ADMIN_TOKEN);
    expect(gateway.output()).not.toContain(internalToken);
  }, PROCESSES_TIMEOUT_MS);

  it('is not ready before its services are, and then without a restart', async () => {
    const { port } = crews!;
    await crews!.close();
    await using gateway = startGatewayProcess(environ());
    const { url, healthUrl } = await gateway.ready();
    expect((await fetch(`${healthUrl}/readyz`)).status).toBe(503);
    expect(await ask(url, '{ sailorCount }')).toMatchObject({ status: 503, body: { errors: [{ extensions: { code: 'UNAVAILABLE' } }] } });
    crews = await startInstance({ service: 'crews', name: 'c', port, internalToken });
    await until(() => gateway.lines.some(({ event }) => event === 'graph.taken'));
    expect((await fetch(`${healthUrl}/readyz`)).status).toBe(200);
    expect(await ask(url, '{ sailorCount }')).toEqual({ status: 200, body: { data: { sailorCount: 42 } } });
  }, PROCESSES_TIMEOUT_MS);

  it('starts from the last good graph while a service is down', async () => {
    const given = environ({ SLIPWAY_GATEWAY_CACHE_DIR: path.join(directory, 'cache') });
    {
      await using first = startGatewayProcess(given);
      await first.ready();
    }
    await crews!.close();
    await using gateway = startGatewayProcess(given);
    const { url } = await gateway.ready();
    expect(await ask(url, '{ instance sailorCount }')).toMatchObject({ body: { data: { sailorCount: null }, errors: [{ path: ['sailorCount'], extensions: { code: 'UNAVAILABLE' } }] } });
  }, PROCESSES_TIMEOUT_MS);

  it('completes subscriptions and what is asked when it is told to stop, and ends with 0', async () => {
    await using gateway = startGatewayProcess(environ());
    const { url } = await gateway.ready();
    const client = createClient({ url: `${url}/graphql`, headers: { authorization: `Bearer ${ADMIN_TOKEN}` }, retryAttempts: 0 });
    const results = client.iterate({ query: 'subscription { shipSailed { id } }' });
    const first = results.next();
    await until(() => a!.watcherCount() + b!.watcherCount() === 1);
    gateway.child.kill('SIGTERM');
    expect(await first).toMatchObject({ done: true });
    expect(await gateway.exitCode()).toBe(0);
    await until(() => a!.watcherCount() + b!.watcherCount() === 0);
  }, PROCESSES_TIMEOUT_MS);

  it('tells its settings, and what is wrong with them, without a secret', async () => {
    await using help = startGatewayProcess({}, ['--help']);
    expect(await help.exitCode()).toBe(0);
    for (const name of ['SLIPWAY_GATEWAY_PORT', 'SLIPWAY_SUBGRAPHS', 'SLIPWAY_ADMIN_TOKEN', 'SLIPWAY_GATEWAY_CACHE_DIR']) expect(help.output()).toContain(name);
    await using printed = startGatewayProcess(environ(), ['--print-config']);
    expect(await printed.exitCode()).toBe(0);
    expect(printed.output()).not.toContain(ADMIN_TOKEN);
    await using wrong = startGatewayProcess(environ({ SLIPWAY_SUBGRAPHS: 'ships' }));
    expect(await wrong.exitCode()).toBe(78);
    expect(wrong.output()).toMatch(/^gateway: SLIPWAY_SUBGRAPHS .*name=url/m);
  }, PROCESSES_TIMEOUT_MS);
});
