import { serializeEvent, streams, type SlipwayEvent } from '@slipway/contracts';
import type { TrafficReport } from '@slipway/domain';
import { openSqliteEventLog, type EventLog } from '@slipway/event-log';
import { hearTraffic, openSignalHub, type Signals } from '@slipway/messaging';
import { loadOrCreateMasterKey, replicaKey } from '@slipway/service';
import { hash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proxyConfig } from './config.js';
import { startProxyOnLog } from './follow-log.js';
import type { ProxyReport } from './proxy-reporter.js';
import { eventually } from './testing/condition.js';
import { answering, CHAT_COMPLETION, ScriptedUpstream } from './testing/scripted-upstream.js';

const TOKEN = 'slipway_test_token_1234567890';
const atMs = 1_700_000_000_000;
const belonging = { deploymentId: 'd1', revisionId: 'rev-1', atMs };

/** A data directory with a log that is written to as the control plane does. */
class Installation implements AsyncDisposable {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'slipway-proxy-'));
  readonly config = proxyConfig({ SLIPWAY_DATA_DIR: this.dataDir, SLIPWAY_PROXY_PORT: '0' });
  #log: EventLog | null = null;

  async append(streamId: string, ...events: SlipwayEvent[]): Promise<number> {
    this.#log ??= await openSqliteEventLog(this.config.logFile);
    const stored = events.map((event) => ({ ...serializeEvent(event), id: randomUUID(), metadata: {} }));
    const outcome = await this.#log.append(streamId, stored, 'any');
    if (!('appended' in outcome)) throw new Error('not appended');
    return outcome.appended.position;
  }

  /** A deployment named `tiny` with one ready replica on this port, all traffic to its revision, and one token. */
  async deploy(port: number): Promise<number> {
    await this.append(streams.deployment('d1'), {
      type: 'DeploymentCreated',
      deploymentId: 'd1',
      name: 'tiny',
      domain: 'default',
      project: 'p',
      createdBy: 'me',
      openToPublic: false,
      preferredDomainName: null,
      tags: [],
      strategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } },
      desiredReplicaCount: 1,
      atMs,
    } as unknown as SlipwayEvent);
    await this.append(
      streams.replica('r1'),
      { type: 'ReplicaRequested', replicaId: 'r1', name: 'tiny-0', ordinal: 0, ...belonging },
      { type: 'ReplicaLaunched', attempt: 1, endpoint: `http://127.0.0.1:${port}`, handle: 'h', ...belonging },
      { type: 'ReplicaReady', attempt: 1, ...belonging },
    );
    await this.append(streams.status('d1'), { type: 'RoutingChanged', weights: [{ revisionId: 'rev-1', weightPercent: 100 }], mirror: null, atMs });
    const sha = hash('sha256', TOKEN, 'hex');
    return this.append(streams.access('d1'), {
      type: 'AccessTokenCreated',
      tokenId: 't1',
      deploymentId: 'd1',
      name: null,
      hash: sha,
      prefix: 'slipway_',
      createdBy: 'me',
      expiresAtMs: null,
      mayPinRevisions: false,
      atMs,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log?.[Symbol.asyncDispose]();
    rmSync(this.dataDir, { recursive: true });
  }
}

const ask = (port: number): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: '{"model":"tiny","messages":[]}',
  });

describe('a proxy on the log', () => {
  it('starts before there is a log, serves what the log says, and stops serving what the log takes away', async () => {
    await using installation = new Installation();
    await using upstream = await ScriptedUpstream.start(answering(CHAT_COMPLETION));
    const masterKey = loadOrCreateMasterKey(installation.dataDir);
    const proxy = await startProxyOnLog(installation.config, () => undefined);
    await proxy.ready();
    expect((await ask(proxy.port)).status).toBe(401);

    const deployedAt = await installation.deploy(upstream.port);
    await eventually(() => proxy.position() >= deployedAt, 'the proxy follows');
    const answer = await ask(proxy.port);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-revision-id')).toBe('rev-1');
    expect(Number(answer.headers.get('x-route-version'))).toBeLessThan(deployedAt);
    expect(upstream.received[0]?.headers['authorization']).toBe(`Bearer ${replicaKey(masterKey, 'r1')}`);

    const revokedAt = await installation.append(streams.access('d1'), { type: 'AccessTokenDeleted', tokenId: 't1', deploymentId: 'd1', atMs });
    await eventually(() => proxy.position() >= revokedAt, 'the proxy hears of it');
    expect((await ask(proxy.port)).status).toBe(401);
    await proxy.stop();
  });

  it('tells the control plane its position and its requests in flight, and again when that comes back', async () => {
    await using installation = new Installation();
    await using upstream = await ScriptedUpstream.start(() => undefined);
    loadOrCreateMasterKey(installation.dataDir);
    const proxy = await startProxyOnLog(installation.config, () => undefined);
    const first = await ControlPlane.listen(installation.config.controlSocket);
    const position = await installation.deploy(upstream.port);
    first.sayNews(position);
    await eventually(() => first.reports.at(-1)?.position === position, 'the position is acknowledged');
    const pending = ask(proxy.port).catch(() => null);
    await eventually(() => first.reports.at(-1)?.inFlightByReplica['r1'] === 1, 'the request is counted');
    await eventually(() => first.traffic.some(({ rows }) => rows.some(({ replicaId, inFlight }) => replicaId === 'r1' && inFlight === 1)), 'traffic is told as well');
    await first.close();

    const second = await ControlPlane.listen(installation.config.controlSocket);
    await eventually(() => second.reports.at(-1)?.inFlightByReplica['r1'] === 1, 'it is said again');
    expect(second.reports[0]?.proxyId).toBe(first.reports[0]?.proxyId);
    await second.close();
    await upstream.kill();
    await proxy.stop();
    await pending;
  });

  it('names every variable that does not fit', () => {
    expect(() => proxyConfig({ SLIPWAY_PROXY_PORT: '70000', SLIPWAY_PROXY_METRICS_TOKEN: 'short' })).toThrow(
      /SLIPWAY_PROXY_PORT: .*; SLIPWAY_PROXY_METRICS_TOKEN: /,
    );
    expect(proxyConfig({})).toMatchObject({ host: '127.0.0.1', port: 8_000, metricsToken: null, engine: 'http1' });
  });

  it('serves with node:http and undici where that is asked for', async () => {
    await using installation = new Installation();
    await using upstream = await ScriptedUpstream.start(answering(CHAT_COMPLETION));
    loadOrCreateMasterKey(installation.dataDir);
    const position = await installation.deploy(upstream.port);
    const proxy = await startProxyOnLog({ ...installation.config, engine: 'node' }, () => undefined);
    await proxy.ready();
    expect(proxy.position()).toBe(position);
    expect((await ask(proxy.port)).status).toBe(200);
    await proxy.stop();
  });

  it('says so when its address is taken, and leaves nothing open', async () => {
    await using installation = new Installation();
    const proxy = await startProxyOnLog(installation.config, () => undefined);
    await expect(startProxyOnLog({ ...installation.config, port: proxy.port }, () => undefined)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await proxy.stop();
  });
});

/** The other end of the control socket. */
class ControlPlane {
  readonly reports: ProxyReport[] = [];
  readonly traffic: TrafficReport[] = [];

  private constructor(private readonly signals: Signals) {
    hearTraffic(signals, (report) => this.traffic.push(report));
    signals.subscribe('proxy.report', (report) => this.reports.push(report as unknown as ProxyReport));
  }

  static async listen(path: string): Promise<ControlPlane> {
    return new ControlPlane(await openSignalHub({ path }));
  }

  sayNews(position: number): void {
    this.signals.publish('log.appended', { position });
  }

  close(): Promise<void> {
    return this.signals.close();
  }
}
