import { metricValues, type MeasuredReplicaFigures, type MetricsBook, type ReplicaRow, type ScaleInputs, type ScalingMetric } from '@slipway/domain';
import type { KnownDeployment } from '../known-deployments.js';

/** Rules look at the last ten seconds: long enough to be even, short enough to follow a step in load. */
export const SCALING_WINDOW_MS = 10_000;

/** What the rules of a deployment are evaluated with. Only replicas that are ready, of revisions that are sent requests, are looked at. */
export function scaleInputs(known: KnownDeployment, book: MetricsBook, nowMs: number): ScaleInputs {
  const { desired, duringRollout, weights } = known;
  const rows = [...known.replicas.values()].sort((a, b) => a.ordinal - b.ordinal);
  const serving = rows.filter(({ state }) => state.phase === 'ready' && (weights.get(state.revisionId) ?? 0) > 0);
  const metrics = [...new Set(known.scaling.rules.filter(({ enabled }) => enabled).map(({ metric }) => metric))].sort();
  return { desired, starting: startingCount(rows, desired), duringRollout, replicas: figuresOf(known, serving, metrics, book, nowMs) };
}

/** Asked for and on the way; also those that nobody has got round to asking for. One that crashed and waits is not on the way. */
function startingCount(rows: readonly ReplicaRow[], desired: number): number {
  const phases = rows.map(({ state }) => state.phase);
  const starting = phases.filter((phase) => phase === 'requested' || phase === 'launched').length;
  const staying = phases.filter((phase) => phase !== 'draining' && phase !== 'drained').length;
  return starting + Math.max(0, desired - staying);
}

function figuresOf(
  { deploymentId }: KnownDeployment,
  serving: readonly ReplicaRow[],
  metrics: readonly ScalingMetric[],
  book: MetricsBook,
  nowMs: number,
): readonly MeasuredReplicaFigures[] {
  const window = book.window(nowMs - 1_000, nowMs, 1_000, nowMs);
  const instantMs = Math.floor(nowMs / window.level.stepMs) * window.level.stepMs;
  return serving.map(({ replicaId, state: { revisionId } }) => {
    const known = book.read({ deploymentId, revisionId, replicaId, kind: 'served' }, { ...window, stepMs: SCALING_WINDOW_MS }, instantMs);
    const values = metricValues([known]);
    return { replicaId, figures: Object.fromEntries(metrics.map((metric) => [metric, values[metric]])) };
  });
}
