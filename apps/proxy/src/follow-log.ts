import { openSqliteLogFollower } from '@slipway/event-log/follower';
import { hash } from 'node:crypto';
import type { ProxyConfig } from './config.js';
import { ControlLink } from './control-link.js';
import type { ForwardEngineFactory } from './forward-engine.js';
import { createHttp1ForwardEngine } from './http1-forward-engine.js';
import { logFactSource } from './log-fact-source.js';
import { startProxy, type ProxyOptions, type RunningProxy } from './proxy.js';
import type { ProxyLog } from './proxy-log.js';
import { replicaKeysFrom } from './replica-keys.js';

/**
 * Wires a proxy to the installation in a data directory: log, keys and the control plane's socket, none of which has to
 * be there yet.
 *
 * Plain functions instead of a Nest module: an empty Nest application context costs this process some 30 MB resident
 * (112 MB with it, 82 MB without, Node 24) and 0.3 s at start, for a graph of five objects.
 */
export async function startProxyOnLog(config: ProxyConfig, log: ProxyLog, overrides: Partial<ProxyOptions> = {}): Promise<RunningProxy> {
  const follower = openSqliteLogFollower(config.logFile);
  const link = new ControlLink({ socketPath: config.controlSocket, onNews: () => follower.wake(), log });
  const engine = await forwardEngine(config.engine);
  const close = async (): Promise<void> => {
    await link[Symbol.asyncDispose]();
    await follower[Symbol.asyncDispose]();
  };
  try {
    const proxy = await startProxy({
      host: config.host,
      port: config.port,
      routing: { source: logFactSource(follower) },
      replicaKey: replicaKeysFrom(config.masterKeyFile),
      reporter: link,
      operatorTokenHash: config.metricsToken === null ? null : hash('sha256', config.metricsToken, 'hex'),
      engine,
      log,
      ...overrides,
    });
    return {
      ...proxy,
      async stop() {
        const stopped = await proxy.stop();
        await close();
        return stopped;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Undici is loaded by those who ask for it: it is some 25 MB that the others do without. */
export async function forwardEngine(name: ProxyConfig['engine']): Promise<ForwardEngineFactory> {
  return name === 'node' ? (await import('./node-forward-engine.js')).createNodeForwardEngine : createHttp1ForwardEngine;
}
