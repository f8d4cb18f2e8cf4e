import type { LiveLog, ProjectionRunner } from '@slipway/event-log';
import { observeGauge, type Readiness } from '@slipway/service/process';

/** A service whose rows are further behind than this answers from the past: it is not ready. In events. */
export const PROJECTION_LAG_MAX_EVENTS = 10_000;
/** Behind by fewer events, but without getting on for so long, it is not ready either. */
export const PROJECTION_STALL_MAX_MS = 15_000;

/** Watches how far a service's rows are behind what it has heard of, for `/readyz` and `/metrics`. */
export function watchProjections(projections: ProjectionRunner, log: LiveLog, readiness: Readiness, nowMs: () => number): () => void {
  let position = -1;
  let movedAtMs = nowMs();
  const lag = () => {
    const head = log.liveness().head;
    const slowest = Math.min(...projections.health().map((health) => health.position));
    if (slowest !== position || slowest >= head) movedAtMs = nowMs();
    position = slowest;
    return { events: Math.max(0, head - slowest), stalledMs: nowMs() - movedAtMs };
  };
  readiness.add({
    name: 'projections',
    check() {
      const { events, stalledMs } = lag();
      const failed = projections.health().find(({ state }) => state === 'stopped');
      if (failed !== undefined) return { ready: false, detail: `${failed.name} stopped after position ${failed.position}: ${failed.error}` };
      const reason = projections.health().find(({ error }) => error !== null)?.error;
      const detail = `${events} events behind${stalledMs > 0 ? `, for ${stalledMs} ms` : ''}${reason ? `: ${reason}` : ''}`;
      return { ready: events <= PROJECTION_LAG_MAX_EVENTS && stalledMs <= PROJECTION_STALL_MAX_MS, ...(events > 0 && { detail }) };
    },
  });
  const stops = [
    observeGauge('slipway.projection.position', 'Log position up to which rows are', '{event}', () => projections.health().map(({ name, position: value }) => ({ value, attributes: { projection: name } }))),
    observeGauge('slipway.projection.lag', 'Events by which rows are behind the log', '{event}', () => [{ value: lag().events }]),
  ];
  return () => stops.forEach((stop) => stop());
}
