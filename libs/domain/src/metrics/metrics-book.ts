import { laterEngine, type EnginePoint } from './engine-point.js';
import { metricsWindow, POINTS_PER_SERIES, RollupRing, type MetricsWindow } from './rollup-ring.js';
import type { ReplicaWindow } from './metric-values.js';
import { TrafficIncreases, trafficKeyText, type TrafficIncrease } from './traffic-increases.js';
import { laterTraffic, NO_TRAFFIC, trafficPoint, type TrafficPoint } from './traffic-point.js';
import type { TrafficKey, TrafficReport } from './traffic-report.js';

/** Of replicas (served and mirrored apart) and engines; beyond it the series that was silent longest is forgotten. */
export const SERIES_MAX = 5_000;
/** Over all series, some 1 KiB each when busy. With more series than fit, all are kept for a shorter time. */
export const POINTS_MAX = 150_000;
/** A load told so long ago still stands; a proxy that says nothing for longer has nothing in flight that we know of. */
export const GAUGE_VALID_MS = 15_000;

/** Everything measured, in bounded memory. Times are the clock's of whoever fills it. */
export class MetricsBook {
  readonly #increases = new TrafficIncreases();
  readonly #traffic = new Map<string, RollupRing<TrafficPoint>>();
  readonly #engines = new Map<string, RollupRing<EnginePoint>>();
  /** When any proxy was heard: without requests in such time there were none; in all other time nobody knows. */
  readonly #heard = new RollupRing<number>((earlier, later) => earlier + later);
  readonly #inFlight = new InFlight();

  /** Returns what the report adds, for whoever counts along. */
  takeTraffic(report: TrafficReport, nowMs: number): readonly TrafficIncrease[] {
    const increases = this.#increases.take(report, nowMs);
    this.#heard.add(nowMs, 1);
    this.#inFlight.hear(report, increases, nowMs);
    for (const increase of increases) {
      const key = trafficKeyText(increase);
      seriesOf(this.#traffic, key, laterTraffic).add(nowMs, trafficPoint(increase, this.#inFlight.of(key, nowMs)), this.#share);
    }
    this.#bound(this.#traffic);
    return increases;
  }

  takeEngine(replicaId: string, point: EnginePoint, nowMs: number): void {
    seriesOf(this.#engines, replicaId, laterEngine).add(nowMs, point, this.#share);
    this.#bound(this.#engines);
  }

  /** Replicas are forgotten by silence; this is for those that are known to be gone. */
  forgetEngine(replicaId: string): void {
    this.#engines.delete(replicaId);
  }

  window(fromMs: number, toMs: number, stepMs: number, nowMs: number): MetricsWindow {
    return metricsWindow(fromMs, toMs, stepMs, nowMs, this.#share);
  }

  /** What is known of one replica in the step that ends at `instantMs`; mirrored traffic is null where there was none. */
  read(key: TrafficKey, window: MetricsWindow, instantMs: number): ReplicaWindow {
    const { level, stepMs } = window;
    const heard = this.#heard.between(level, instantMs - stepMs, instantMs) !== null;
    const ring = this.#traffic.get(trafficKeyText(key));
    const told = ring?.between(level, instantMs - stepMs, instantMs) ?? null;
    const traffic = heard ? withStandingLoad(told, ring, window, instantMs) : null;
    const engineRing = key.kind === 'served' ? this.#engines.get(key.replicaId) : undefined;
    const engine = engineRing?.between(level, instantMs - Math.max(stepMs, GAUGE_VALID_MS), instantMs) ?? null;
    return { traffic: key.kind === 'mirrored' && told === null ? null : traffic, trafficMs: stepMs, engine };
  }

  get pointCount(): number {
    return [...this.#traffic.values(), ...this.#engines.values()].reduce((sum, ring) => sum + ring.pointCount, this.#heard.pointCount);
  }

  get seriesCount(): number {
    return this.#traffic.size + this.#engines.size;
  }

  get #share(): number {
    return Math.min(1, POINTS_MAX / (Math.max(1, this.seriesCount) * POINTS_PER_SERIES));
  }

  #bound(series: Map<string, unknown>): void {
    while (this.seriesCount > SERIES_MAX) {
      const [longestSilent] = series.keys();
      if (longestSilent === undefined) return;
      series.delete(longestSilent);
    }
  }
}

/** Rows whose load does not change are told in each tenth report only. */
function withStandingLoad(told: TrafficPoint | null, ring: RollupRing<TrafficPoint> | undefined, { level }: MetricsWindow, instantMs: number): TrafficPoint {
  const traffic = told ?? NO_TRAFFIC;
  if (traffic.inFlight !== null || ring === undefined) return traffic;
  return { ...traffic, inFlight: ring.between(level, instantMs - GAUGE_VALID_MS, instantMs)?.inFlight ?? null };
}

/** The map's order is the order of the latest changes. */
function seriesOf<Point>(series: Map<string, RollupRing<Point>>, key: string, merge: (earlier: Point, later: Point) => Point): RollupRing<Point> {
  const ring = series.get(key) ?? new RollupRing(merge);
  series.delete(key);
  series.set(key, ring);
  return ring;
}

/** Requests running, by proxy and row. */
class InFlight {
  readonly #proxies = new Map<string, { heardAtMs: number; readonly rows: Map<string, number> }>();

  hear(report: TrafficReport, increases: readonly TrafficIncrease[], nowMs: number): void {
    const id = `${report.proxyId}\n${report.instanceId}`;
    const proxy = this.#proxies.get(id) ?? { heardAtMs: nowMs, rows: new Map<string, number>() };
    proxy.heardAtMs = nowMs;
    for (const increase of increases) {
      if (increase.inFlight > 0) proxy.rows.set(trafficKeyText(increase), increase.inFlight);
      else proxy.rows.delete(trafficKeyText(increase));
    }
    this.#proxies.set(id, proxy);
    for (const [other, { heardAtMs }] of this.#proxies) if (nowMs - heardAtMs > GAUGE_VALID_MS) this.#proxies.delete(other);
  }

  of(key: string, nowMs: number): number {
    let sum = 0;
    for (const { heardAtMs, rows } of this.#proxies.values()) if (nowMs - heardAtMs <= GAUGE_VALID_MS) sum += rows.get(key) ?? 0;
    return sum;
  }
}
