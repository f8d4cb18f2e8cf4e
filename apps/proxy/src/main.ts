import { proxyConfig, type ProxyConfig } from './config.js';
import { startProxyOnLog } from './follow-log.js';
import { jsonLinesLog } from './proxy-log.js';
import type { RunningProxy } from './proxy.js';

const EXIT_CONFIGURATION = 78;
const EXIT_ADDRESS = 75;

const log = jsonLinesLog((line) => process.stdout.write(line));

const config = orExit(EXIT_CONFIGURATION, () => proxyConfig());
const proxy = await startProxyOnLog(config, log).catch((error: NodeJS.ErrnoException) => fail(EXIT_ADDRESS, explain(error, config)));

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(proxy));

async function stop(running: RunningProxy): Promise<void> {
  if (stopping) return;
  stopping = true;
  await running.stop();
  process.exit(0);
}

function explain(error: NodeJS.ErrnoException, { host, port }: ProxyConfig): string {
  if (error.code === 'EADDRINUSE') return `port ${port} on ${host} is in use; set SLIPWAY_PROXY_PORT to a free one`;
  if (error.code === 'EACCES') return `this user may not listen on port ${port}; set SLIPWAY_PROXY_PORT to 1024 or above`;
  return error.message;
}

function orExit<T>(exitCode: number, produce: () => T): T {
  try {
    return produce();
  } catch (error) {
    return fail(exitCode, (error as Error).message);
  }
}

function fail(exitCode: number, message: string): never {
  process.stderr.write(`proxy: ${message}\n`);
  process.exit(exitCode);
}
