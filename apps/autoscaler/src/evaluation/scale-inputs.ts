import type { KnownDeployment } from '../known-deployments.js';
import type { MeasuredReplicaFigures, MetricsBook, ReplicaRow, ScaleInputs, ScalingMetric } from '@slipway/domain';
import { replicaFigures } from './replica-figures.js';

/** What the rules of a deployment are evaluated with. Only replicas that are ready, of revisions that are sent requests, are looked at. */
export function scaleInputs(known: KnownDeployment, book: MetricsBook, nowMs: number): ScaleInputs {
  const { deploymentId, desired, duringRollout, weights } = known;
  const rows = [...known.replicas.values()].sort((a, b) => a.ordinal - b.ordinal);
  const serving = rows.filter(({ state }) => state.phase === 'ready' && (weights.get(state.revisionId) ?? 0) > 0);
  const metrics = metricsOf(known);
  const replicas = serving.map(({ replicaId, state: { revisionId }, updatedAtMs }): MeasuredReplicaFigures => {
    const key = { deploymentId, revisionId, replicaId, kind: 'served' as const };
    return { replicaId, figures: replicaFigures(book, key, metrics, updatedAtMs, nowMs) }; // a ready replica's newest fact is that it became ready
  });
  return { desired, starting: startingCount(rows, desired), duringRollout, replicas };
}

/** Those that rules look at, always in the same order. */
const metricsOf = ({ scaling }: KnownDeployment): readonly ScalingMetric[] =>
  [...new Set(scaling.rules.filter(({ enabled }) => enabled).map(({ metric }) => metric))].sort();

/** Asked for and on the way; also those that nobody has got round to asking for. One that crashed and waits is not on the way. */
function startingCount(rows: readonly ReplicaRow[], desired: number): number {
  const phases = rows.map(({ state }) => state.phase);
  const starting = phases.filter((phase) => phase === 'requested' || phase === 'launched').length;
  const staying = phases.filter((phase) => phase !== 'draining' && phase !== 'drained').length;
  return starting + Math.max(0, desired - staying);
}
