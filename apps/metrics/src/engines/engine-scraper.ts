import type { EnginePoint, ReplicaPhase } from '@slipway/domain';
import type { ReadEngine } from '@slipway/messaging';
import type { SeenReplica } from '../replicas/replica-directory.js';
import { readEngine, type EngineReading } from './engine-reading.js';
import { fetchPage } from './engine-page.js';
import type { ProcessUsages } from './process-usage.js';
import { parseSamples } from './prometheus-samples.js';
import { pointBetween } from './reading-difference.js';

export const SCRAPE_INTERVAL_MS = 5_000;
/** Engines asked at once. */
export const SCRAPES_AT_ONCE_MAX = 16;
/** An engine without a page is asked again only so often: it may have been started anew with one. */
export const NO_PAGE_RETRY_MS = 60_000;
/** Where engines have their page: all but NIM at the first. */
export const PAGE_PATHS = ['/metrics', '/v1/metrics'] as const;

/** In which an engine may answer. */
const RUNNING: readonly ReplicaPhase[] = ['launched', 'ready', 'unready', 'draining', 'drained'];

export type ScraperPorts = {
  /** Those that run, or may. */
  readonly living: () => readonly SeenReplica[];
  readonly replicaKey: (replicaId: string) => string;
  readonly usages: ProcessUsages;
  readonly take: (replica: SeenReplica, point: EnginePoint, atMs: number) => void;
  /** What a whole round brought, once it is over. */
  readonly onRound?: (engines: readonly ReadEngine[]) => void;
  readonly nowMs: () => number;
  /** Told when an engine begins to fail, and once more when it is read again (`null`). */
  readonly onTrouble: (replica: SeenReplica, failure: string | null) => void;
  readonly intervalMs?: number;
  /** Default PAGE_TIMEOUT_MS. */
  readonly pageTimeoutMs?: number;
};

type Known = { attempt: number; path: string; notBeforeMs: number; reading: EngineReading | null; failing: boolean };

/** Reads every running engine's own metrics at an interval. What an engine does not tell stays unknown. */
export class EngineScraper {
  readonly #known = new Map<string, Known>();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> | null = null;

  constructor(private readonly ports: ScraperPorts) {}

  start(): void {
    this.#timer = setInterval(() => void this.scrape(), this.ports.intervalMs ?? SCRAPE_INTERVAL_MS);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#round;
  }

  /** One round; a round that is under way is not overtaken by another. */
  scrape(): Promise<void> {
    this.#round ??= this.#scrapeAll().finally(() => void (this.#round = null));
    return this.#round;
  }

  async #scrapeAll(): Promise<void> {
    const replicas = this.ports.living().filter(({ state }) => RUNNING.includes(state.phase) && addressOf(state.endpoint) !== null);
    this.#forgetOthers(new Set(replicas.map(({ replicaId }) => replicaId)));
    const waiting = [...replicas];
    const read: ReadEngine[] = [];
    const worker = async (): Promise<void> => {
      for (let replica = waiting.shift(); replica !== undefined && !this.#stopping.signal.aborted; replica = waiting.shift()) {
        const point = await this.#scrapeOne(replica);
        if (point !== null) read.push({ replicaId: replica.replicaId, point });
      }
    };
    await Promise.all(Array.from({ length: Math.min(SCRAPES_AT_ONCE_MAX, replicas.length) }, worker));
    if (!this.#stopping.signal.aborted) this.ports.onRound?.(read);
  }

  async #scrapeOne(replica: SeenReplica): Promise<EnginePoint | null> {
    const usage = await this.ports.usages.read(replica.replicaId, replica.handle);
    const point = await this.#readPage(replica);
    const read = point ?? (usage === null ? null : pointBetween(null, readEngine([], this.ports.nowMs()), false));
    if (read === null || this.#stopping.signal.aborted) return null;
    const gauges = usage === null ? read.gauges : { ...read.gauges, cpuUtilization: usage.cpuUtilization, memoryUsedBytes: usage.memoryUsedBytes };
    const whole = { ...read, gauges };
    this.ports.take(replica, whole, this.ports.nowMs());
    return whole;
  }

  async #readPage(replica: SeenReplica): Promise<EnginePoint | null> {
    const known = this.#knownOf(replica);
    const base = addressOf(replica.state.endpoint);
    if (base === null || this.ports.nowMs() < known.notBeforeMs) return null;
    const key = this.ports.replicaKey(replica.replicaId);
    for (const path of [known.path, ...PAGE_PATHS.filter((other) => other !== known.path)]) {
      const outcome = await fetchPage(new URL(path, base).href, key, this.#stopping.signal, this.ports.pageTimeoutMs);
      if ('missing' in outcome) continue;
      known.path = path;
      this.#tell(replica, known, 'failed' in outcome ? outcome.failed : null);
      return 'failed' in outcome ? null : this.#pointOf(replica, known, outcome.text);
    }
    known.notBeforeMs = this.ports.nowMs() + NO_PAGE_RETRY_MS;
    return null;
  }

  #pointOf({ state }: SeenReplica, known: Known, text: string): EnginePoint {
    const reading = readEngine(parseSamples(text), this.ports.nowMs());
    const point = pointBetween(known.reading, reading, state.attempt !== known.attempt);
    known.reading = reading;
    known.attempt = state.attempt;
    return point;
  }

  #tell(replica: SeenReplica, known: Known, failure: string | null): void {
    const isFailing = failure !== null && replica.state.phase === 'ready'; // one that starts is not expected to answer
    if (isFailing !== known.failing && !this.#stopping.signal.aborted) this.ports.onTrouble(replica, failure);
    known.failing = isFailing;
  }

  #knownOf({ replicaId, state }: SeenReplica): Known {
    const known = this.#known.get(replicaId) ?? { attempt: state.attempt, path: PAGE_PATHS[0], notBeforeMs: 0, reading: null, failing: false };
    this.#known.set(replicaId, known);
    return known;
  }

  #forgetOthers(living: ReadonlySet<string>): void {
    for (const replicaId of this.#known.keys()) {
      if (living.has(replicaId)) continue;
      this.#known.delete(replicaId);
      this.ports.usages.forget(replicaId);
    }
  }
}

/** Plain HTTP and nothing but an address, as launches record it. */
function addressOf(endpoint: string | null): string | null {
  if (endpoint === null || !URL.canParse(endpoint)) return null;
  const { protocol, username, password } = new URL(endpoint);
  return protocol === 'http:' && username === '' && password === '' ? endpoint : null;
}
