import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { TrafficTotals } from '@slipway/domain';
import { openSqliteEventLog, type EventLog } from '@slipway/event-log';
import { hearTraffic, openSignalHub, ProxyFleet, type ProxyReport, type Signals } from '@slipway/messaging';
import { fileSecretStore, loadOrCreateAdminToken, loadOrCreateMasterKey } from '@slipway/service';
import { places, type StandaloneConfig } from '../config.js';

/** What the services of one machine share: its data directory, opened. Closed again in reverse through `opened`. */
export async function openInstallation(config: StandaloneConfig, opened: AsyncDisposableStack, nowMs: () => number) {
  const at = places(config.dataDir);
  mkdirSync(path.dirname(at.registryRows), { recursive: true, mode: 0o700 });
  mkdirSync(config.modelRoot, { recursive: true });
  const masterKey = loadOrCreateMasterKey(config.dataDir);
  const adminToken = loadOrCreateAdminToken(config.dataDir, config.adminToken ?? undefined);
  const secrets = fileSecretStore(at.secrets, masterKey);
  const log = opened.use(await openSqliteEventLog(at.log));
  const proxies = new ProxyFleet(nowMs);
  const signals = await openSignalHub({ path: at.controlSocket });
  opened.defer(() => signals.close());
  signals.subscribe('proxy.report', (report) => proxies.take(report as unknown as ProxyReport));
  signals.subscribe('proxy.left', (goodbye) => proxies.left((goodbye as { proxyId: string }).proxyId));
  const served = new TrafficTotals();
  opened.defer(hearTraffic(signals, (report) => served.take(report)));
  opened.defer(announceAppends(log, signals));
  return { masterKey, adminToken, secrets, log, proxies, served, signals };
}

/** Tells the proxies of every new position, so that they need not wait for their next look at the file. */
function announceAppends(log: EventLog, signals: Signals): () => Promise<void> {
  const leaving = new AbortController();
  const following = (async () => {
    for await (const message of log.follow({ after: 'end', signal: leaving.signal }))
      if ('event' in message) signals.publish('log.appended', { position: message.event.position });
  })();
  return async () => {
    leaving.abort();
    await following;
  };
}
