import { metricValues, type MetricsBook, type MetricsWindow, type MetricValues, type ReplicaWindow, type TrafficKind } from '@slipway/domain';
import { isOver, type ReplicaDirectory, type SeenReplica } from './replicas/replica-directory.js';

/** What is shown live: the last ten seconds. */
export const LIVE_WINDOW_MS = 10_000;

export type Measured = MetricValues & { readonly revisionId: string; readonly kind: TrafficKind };
export type MeasuredReplica = Measured & { readonly replicaId: string; readonly replicaName: string };
export type MeasuredStep = { readonly instantMs: number; readonly stepMs: number; readonly replicas: readonly MeasuredReplica[]; readonly revisions: readonly Measured[] };

export type Chosen = { readonly replicaId?: string | null; readonly revisionId?: string | null };

const KINDS: readonly TrafficKind[] = ['served', 'mirrored'];

/** Joins what was measured with which replicas there were. */
export class MeasuredDeployments {
  constructor(
    private readonly book: MetricsBook,
    private readonly directory: ReplicaDirectory,
  ) {}

  steps(deploymentId: string, window: MetricsWindow, chosen: Chosen = {}): readonly MeasuredStep[] {
    const [first, last] = [window.instantsMs[0] ?? 0, window.instantsMs.at(-1) ?? 0];
    const replicas = this.replicas(deploymentId, first - window.stepMs, last, chosen);
    return window.instantsMs.map((instantMs) => this.#step(replicas, window, instantMs));
  }

  replicas(deploymentId: string, fromMs: number, toMs: number, { replicaId, revisionId }: Chosen): readonly SeenReplica[] {
    return this.directory
      .replicasOf(deploymentId, fromMs, toMs)
      .filter((row) => (replicaId ?? row.replicaId) === row.replicaId && (revisionId ?? row.state.revisionId) === row.state.revisionId);
  }

  /** The seconds just gone. */
  live(deploymentId: string, nowMs: number): MeasuredStep {
    const window = this.book.window(nowMs - 1_000, nowMs, 1_000, nowMs);
    const instantMs = Math.floor(nowMs / window.level.stepMs) * window.level.stepMs;
    return this.#step(this.replicas(deploymentId, instantMs - LIVE_WINDOW_MS, instantMs + 1_000, {}), { ...window, stepMs: LIVE_WINDOW_MS }, instantMs);
  }

  #step(replicas: readonly SeenReplica[], window: MetricsWindow, instantMs: number): MeasuredStep {
    const there = replicas.filter((row) => row.createdAtMs <= instantMs && (!isOver(row) || row.updatedAtMs >= instantMs - window.stepMs));
    const read = there.flatMap((row) => KINDS.flatMap((kind) => this.#windowOf(row, kind, window, instantMs)));
    const revisions = [...Map.groupBy(read, ({ row, kind }) => `${row.state.revisionId} ${kind}`).values()];
    return {
      instantMs,
      stepMs: window.stepMs,
      replicas: read.map(({ row, kind, known }) => ({ ...metricValues([known]), replicaId: row.replicaId, replicaName: row.name, revisionId: row.state.revisionId, kind })),
      revisions: revisions.flatMap((group) => {
        const [first] = group;
        return first === undefined ? [] : [{ ...metricValues(group.map(({ known }) => known)), revisionId: first.row.state.revisionId, kind: first.kind }];
      }),
    };
  }

  /** Nothing for copies, where there were none. */
  #windowOf(row: SeenReplica, kind: TrafficKind, window: MetricsWindow, instantMs: number): readonly { row: SeenReplica; kind: TrafficKind; known: ReplicaWindow }[] {
    const { deploymentId, revisionId } = row.state;
    const known = this.book.read({ deploymentId, revisionId, replicaId: row.replicaId, kind }, window, instantMs);
    return kind === 'mirrored' && known.traffic === null ? [] : [{ row, kind, known }];
  }
}
