import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HealthCheck } from '@slipway/domain';
import { waitFor } from '../conformance/wait-for.js';
import { probeHealth, type HealthProberOptions } from './health-prober.js';
import type { HealthVerdict } from './health-verdict.js';

const check: HealthCheck = { path: '/health', intervalMs: 20, retriesMax: 3, timeoutMs: 10_000, expectedStatus: 200, initialDelayMs: 0 };

async function listen(handler: RequestListener, port = 0): Promise<AsyncDisposable & { endpoint: string; port: number; server: Server }> {
  const server = createServer(handler).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const given = (server.address() as AddressInfo).port;
  return {
    ...{ server, endpoint: `http://127.0.0.1:${given}`, port: given },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function probing(options: Omit<HealthProberOptions, 'startedAtMs'>): Disposable & { told: HealthVerdict[]; next: (type: string) => Promise<HealthVerdict> } {
  const told: HealthVerdict[] = [];
  const stop = probeHealth({ startedAtMs: Date.now(), ...options }, (verdict) => told.push(verdict));
  return {
    told,
    next: (type) => waitFor(type, () => (told.at(-1)?.type === type ? told.at(-1) : null)),
    [Symbol.dispose]: stop,
  };
}

describe('the health prober', () => {
  it('tells ready, unready and ready again as the status changes', async () => {
    let status = 503;
    await using engine = await listen((_, response) => response.writeHead(status).end('x'.repeat(100_000)));
    using probe = probing({ endpoint: engine.endpoint, check: { ...check, initialDelayMs: 60_000 } });
    status = 200;
    await probe.next('ready');
    status = 500;
    expect(await probe.next('unready')).toMatchObject({ reason: expect.stringContaining('status 500 instead of 200') });
    status = 200;
    await probe.next('ready');
  });

  it('gives up an engine nobody listens for', async () => {
    using probe = probing({ endpoint: 'http://127.0.0.1:1', check }); // and nobody else may begin to
    expect(await probe.next('failed')).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('counts an engine that never answers, and one that breaks off, as failing', async () => {
    await using silent = await listen(() => undefined);
    await using rude = await listen((request) => request.socket.destroy());
    for (const [endpoint, timeoutMs, reason] of [[silent.endpoint, 200, 'no answer in 200 ms'], [rude.endpoint, 10_000, 'ECONNRESET']] as const) {
      using probe = probing({ endpoint, check: { ...check, timeoutMs } });
      expect(await probe.next('failed')).toMatchObject({ reason: expect.stringContaining(reason) });
    }
  });

  it('takes a connection for readiness when there is no check', async () => {
    await using engine = await listen(() => undefined);
    using probe = probing({ endpoint: engine.endpoint, check: null });
    await probe.next('ready');
  });

  it('asks the engine and nobody else, whatever the path', async () => {
    const asked: (string | undefined)[] = [];
    await using engine = await listen((request, response) => void (asked.push(request.url), response.writeHead(404).end()));
    const paths = ['//elsewhere/health', '/a b', '/x?y=1', '/\n', '/@elsewhere/', '/é'];
    for (const path of paths) {
      using probe = probing({ endpoint: engine.endpoint, check: { ...check, path, expectedStatus: 404 } });
      await probe.next('ready');
    }
    expect(asked.length).toBeGreaterThanOrEqual(paths.length); // more where a probe was due again before it was stopped
    expect(new Set(asked.map((url) => url?.charAt(0)))).toEqual(new Set(['/']));
  });

  it('follows no redirect', async () => {
    let elsewhere = 0;
    await using other = await listen((_, response) => void (elsewhere++, response.end()));
    await using engine = await listen((_, response) => response.writeHead(302, { location: other.endpoint }).end());
    using probe = probing({ endpoint: engine.endpoint, check });
    expect(await probe.next('failed')).toMatchObject({ reason: expect.stringContaining('status 302') });
    expect(elsewhere).toBe(0);
  });

  it('does not tell what it knew of an adopted replica, and tells nothing after it was stopped', async () => {
    let asked = 0;
    await using engine = await listen((_, response) => void (asked++, response.end()));
    const known = probing({ endpoint: engine.endpoint, check, initialPhase: 'ready' });
    await waitFor('two probes', () => asked > 2);
    known[Symbol.dispose]();
    const stopped = probing({ endpoint: engine.endpoint, check });
    stopped[Symbol.dispose]();
    const before = asked;
    using last = probing({ endpoint: engine.endpoint, check });
    await last.next('ready');
    await waitFor('two probes', () => asked > before + 2);
    expect([known.told, stopped.told]).toEqual([[], []]);
  });
});
