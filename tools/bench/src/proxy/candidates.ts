import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchRun } from '../bench-run.js';
import type { BenchProcess } from '../measuring/bench-process.js';
import { answers, freePort } from '../measuring/loopback.js';
import type { Skipped } from '../report/figure.js';
import { installModels } from './bench-installation.js';
import { clientHeaders, MODEL, STREAM_MODEL } from './chat-messages.js';
import type { ExternalTool } from './external-tool.js';
import { nginxConfiguration, type NginxServer } from './nginx-configuration.js';
import { installPeers } from './peers.js';

/** Where a client can go, and what it says there. */
export type Address = { readonly port: number; readonly headers: Readonly<Record<string, string>> };

/** One way from a client to the upstreams. */
export type Candidate = {
  readonly name: CandidateName;
  readonly chat: Address;
  /** Null: it cannot stream from this upstream. */
  readonly stream: Address | null;
  /** Null: there is nothing in between. */
  readonly process: BenchProcess | null;
};

export type CandidateName = 'direct' | 'nginx' | 'slipway' | 'slipway-node' | 'fastify' | 'portkey';

/** The proxy under load has a core of its own; upstreams and load share the others. */
export type Cores = { readonly proxy: number | null; readonly load: number | null };

export type Upstreams = { readonly chatPort: number; readonly streamPort: number };

const READY_LIMIT_MS = 30_000;
const SOME_TOKEN = 'slipway_a-token-of-the-usual-length-0123';

type Place = { readonly run: BenchRun; readonly cores: Cores; readonly upstreams: Upstreams; readonly nginx: ExternalTool };

export async function startUpstreams(run: BenchRun, cores: Cores, nginx: ExternalTool): Promise<Upstreams> {
  const [chatPort, streamPort] = [await freePort(), await freePort()];
  await startNginx({ run, cores: { ...cores, proxy: cores.load }, nginx }, 'upstream', [{ port: chatPort, does: 'answer' }]);
  const script = path.join(import.meta.dirname, 'stream-upstream.js');
  const streaming = await startNode(run, 'stream upstream', cores.load, [script, String(streamPort)]);
  await streaming.until(() => answers(`http://127.0.0.1:${streamPort}/`), READY_LIMIT_MS);
  return { chatPort, streamPort };
}

/** Everything that could be started, and what could not. */
export async function startCandidates(place: Place): Promise<{ readonly candidates: readonly Candidate[]; readonly skipped: Skipped[] }> {
  const { run, upstreams } = place;
  const skipped: Skipped[] = [{ what: 'streams through Portkey', why: 'version 1.15.2 answers 500 to a stream of a custom host' }];
  const headers = clientHeaders(SOME_TOKEN);
  const direct: Candidate = { name: 'direct', chat: { port: upstreams.chatPort, headers }, stream: { port: upstreams.streamPort, headers }, process: null };
  const candidates = [direct, await startNginxProxy(place), await startSlipway(place, 'slipway'), await startSlipway(place, 'slipway-node')];
  const why = await installPeers(run.config, run.progress);
  if (why === null) candidates.push(await startFastify(place), await startPortkey(place));
  else skipped.push({ what: '@fastify/http-proxy and Portkey', why });
  return { candidates, skipped };
}

async function startNginxProxy({ run, cores, upstreams, nginx }: Place): Promise<Candidate> {
  const [port, streamPort] = [await freePort(), await freePort()];
  const servers: readonly NginxServer[] = [
    { port, does: { passTo: upstreams.chatPort } },
    { port: streamPort, does: { passTo: upstreams.streamPort } },
  ];
  const process = await startNginx({ run, cores, nginx }, 'nginx', servers);
  const headers = clientHeaders(SOME_TOKEN);
  return { name: 'nginx', chat: { port, headers }, stream: { port: streamPort, headers }, process };
}

/** The proxy as it is shipped: its own process on a data directory, with authorisation, routing, limits and metrics. */
async function startSlipway({ run, cores, upstreams }: Place, name: 'slipway' | 'slipway-node'): Promise<Candidate> {
  const dataDir = run.workshop.directory(name);
  const [chatToken = '', streamToken = ''] = await installModels(dataDir, [
    { name: MODEL, upstreamPort: upstreams.chatPort },
    { name: STREAM_MODEL, upstreamPort: upstreams.streamPort },
  ]);
  const port = await freePort();
  const settings = { SLIPWAY_DATA_DIR: dataDir, SLIPWAY_PROXY_PORT: String(port), SLIPWAY_PROXY_ENGINE: name === 'slipway' ? 'http1' : 'node' };
  const process = await startNode(run, name, cores.proxy, [path.join(run.config.home, 'apps/standalone/dist/proxy-process.js')], settings);
  await process.until(() => isReady(port), READY_LIMIT_MS);
  return { name, chat: { port, headers: clientHeaders(chatToken) }, stream: { port, headers: clientHeaders(streamToken) }, process };
}

async function startFastify({ run, cores, upstreams }: Place): Promise<Candidate> {
  const [port, streamPort] = [await freePort(), await freePort()];
  const pairs = [`${port}=http://127.0.0.1:${upstreams.chatPort}`, `${streamPort}=http://127.0.0.1:${upstreams.streamPort}`];
  const process = await startNode(run, 'fastify', cores.proxy, [path.join(run.config.peersDirectory, 'fastify-proxy.mjs'), ...pairs]);
  await process.until(() => answers(`http://127.0.0.1:${streamPort}/`), READY_LIMIT_MS);
  const headers = clientHeaders(SOME_TOKEN);
  return { name: 'fastify', chat: { port, headers }, stream: { port: streamPort, headers }, process };
}

async function startPortkey({ run, cores, upstreams }: Place): Promise<Candidate> {
  const port = await freePort();
  const script = path.join(run.config.peersDirectory, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  const process = await startNode(run, 'portkey', cores.proxy, [script, `--port=${port}`, '--headless'], { NODE_ENV: 'production' });
  await process.until(() => answers(`http://127.0.0.1:${port}/`), READY_LIMIT_MS);
  const custom = { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `http://127.0.0.1:${upstreams.chatPort}/v1` };
  return { name: 'portkey', chat: { port, headers: { ...clientHeaders(SOME_TOKEN), ...custom } }, stream: null, process };
}

async function startNginx({ run, cores, nginx }: Pick<Place, 'run' | 'cores' | 'nginx'>, name: string, servers: readonly NginxServer[]): Promise<BenchProcess> {
  const directory = run.workshop.directory(name);
  const file = path.join(directory, 'nginx.conf');
  writeFileSync(file, nginxConfiguration(directory, servers, process.getuid?.() === 0));
  const parameters = ['-p', directory, '-e', path.join(directory, 'start.log'), '-c', file];
  const started = await run.workshop.start({ name, command: nginx.path, arguments: parameters, environment: nginx.environment, core: cores.proxy });
  await started.until(async () => (await Promise.all(servers.map(({ port }) => answers(`http://127.0.0.1:${port}/`)))).every(Boolean), READY_LIMIT_MS);
  return started;
}

function startNode(run: BenchRun, name: string, core: number | null, parameters: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<BenchProcess> {
  return run.workshop.start({ name, command: process.execPath, arguments: parameters, environment: { ...run.config.environment, ...settings }, core });
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}
