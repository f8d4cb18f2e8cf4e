import { request } from 'node:http';
import { connect } from 'node:net';
import type { HealthCheck } from '@slipway/domain';
import { initialHealth, judge, probeIntervalMs, type HealthVerdict } from './health-verdict.js';

/** For engines without a health path (X24, `cmd`): ready once the port accepts a connection. `path` is not used. */
export const CONNECT_CHECK: HealthCheck = {
  path: '',
  intervalMs: 1000,
  retriesMax: 5,
  timeoutMs: 2000,
  expectedStatus: 0,
  initialDelayMs: 60_000,
};

export type HealthProberOptions = {
  /** `http://127.0.0.1:20117` */
  readonly endpoint: string;
  /** Null: `CONNECT_CHECK`. */
  readonly check: HealthCheck | null;
  /** Wall-clock time of the engine's start. */
  readonly startedAtMs: number;
  /** `ready` for an adopted replica known to be: its first success is then no news, and a failure counts from the start. */
  readonly initialPhase?: 'starting' | 'ready';
  readonly nowMs?: () => number;
};

/**
 * Asks an engine how it is until stopped or until it has `failed`; tells what is news. Probes never overlap.
 * Returns how to stop; after that nothing is told.
 */
export function probeHealth(options: HealthProberOptions, onVerdict: (verdict: HealthVerdict) => void): () => void {
  const check = options.check ?? CONNECT_CHECK;
  const stopping = new AbortController();
  // Wall-clock once, monotonic from there: a clock set back must not give an engine another initial delay.
  const ageAtBeginningMs = Math.max(0, (options.nowMs ?? Date.now)() - options.startedAtMs);
  const beginning = performance.now();
  let state = initialHealth(options.initialPhase);
  let timer: NodeJS.Timeout | undefined;

  async function probe(): Promise<void> {
    const failure = await (options.check === null
      ? tryConnect(options.endpoint, check, stopping.signal)
      : tryRequest(options.endpoint, check, stopping.signal));
    if (stopping.signal.aborted) return;
    const sinceStartMs = ageAtBeginningMs + performance.now() - beginning;
    const judged = judge(state, { sinceStartMs, failure }, check);
    state = judged.state;
    if (state.phase !== 'failed') timer = setTimeout(() => void probe(), probeIntervalMs(state, check)).unref();
    if (judged.verdict !== null) onVerdict(judged.verdict);
  }

  void probe();
  return () => {
    stopping.abort();
    clearTimeout(timer);
  };
}

/** Null when the answer has the expected status; redirects are not followed, the body is not read. */
function tryRequest(endpoint: string, { path, timeoutMs, expectedStatus }: HealthCheck, stopped: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]);
    // Joined as text: a path such as //elsewhere/ must not name another host.
    const probe = request(`${endpoint}/${path.replace(/^\/+/, '')}`, { agent: false, signal, headers: { connection: 'close' } }, (response) => {
      const status = response.statusCode ?? 0;
      resolve(status === expectedStatus ? null : `status ${status} instead of ${expectedStatus}`);
      response.destroy();
    });
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(reasonOf(error, signal, timeoutMs)));
    probe.end();
  });
}

function tryConnect(endpoint: string, { timeoutMs }: HealthCheck, stopped: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const { hostname: host, port } = new URL(endpoint);
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]);
    const socket = connect({ host, port: Number(port), signal });
    socket.once('connect', () => {
      resolve(null);
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(reasonOf(error, signal, timeoutMs)));
  });
}

function reasonOf(error: NodeJS.ErrnoException, signal: AbortSignal, timeoutMs: number): string {
  return signal.aborted ? `no answer in ${timeoutMs} ms` : (error.code ?? error.message);
}
