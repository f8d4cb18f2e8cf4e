import { textTable } from '../output/text-table.js';

/** Null: nobody knows. */
type Known = number | null;
export type Measures = {
  readonly revisionId: string;
  readonly kind: string;
  readonly requestsPerSecond: Known;
  readonly errorRate: Known;
  readonly inFlight: Known;
  readonly latencyP50Ms: Known;
  readonly latencyP95Ms: Known;
  readonly latencyP99Ms: Known;
  readonly ttftP95Ms: Known;
  readonly tpotP95Ms: Known;
  readonly generationTokensPerSecond: Known;
  readonly requestsWaiting: Known;
  readonly kvCacheUsage: Known;
  readonly memoryUsedBytes: Known;
};
export type Measured = {
  readonly timestamp: string;
  readonly stepSeconds: number;
  readonly revisionMetrics: readonly Measures[];
  readonly replicaMetrics: readonly (Measures & { readonly replicaId: string; readonly replicaName: string })[];
};

type Row = Measures & { readonly at: string; readonly name: string };

/** A row for each revision, or replica, and step. */
export function metricsTable(measured: readonly Measured[], revisionNames: ReadonlyMap<string, string>, byReplica: boolean): string {
  const revision = ({ revisionId }: Measures): string => revisionNames.get(revisionId) ?? revisionId;
  const rows = measured.flatMap(({ timestamp, revisionMetrics, replicaMetrics }): Row[] =>
    byReplica
      ? replicaMetrics.map((measures) => ({ ...measures, at: timestamp, name: `${measures.replicaName} ${revision(measures)}` }))
      : revisionMetrics.map((measures) => ({ ...measures, at: timestamp, name: revision(measures) })),
  );
  return textTable(COLUMNS, rows, 'nothing was measured');
}

const MEBIBYTE = 1024 ** 2;
const PERCENT = 100;

const COLUMNS = [
  { title: 'UP TO', cell: ({ at }: Row) => at },
  { title: 'OF', cell: ({ name, kind }: Row) => (kind === 'MIRRORED' ? `${name} (copies)` : name) },
  { title: 'REQ/S', cell: ({ requestsPerSecond }: Row) => shown(requestsPerSecond) },
  { title: 'ERRORS %', cell: ({ errorRate }: Row) => shown(errorRate, PERCENT) },
  { title: 'P50 MS', cell: ({ latencyP50Ms }: Row) => shown(latencyP50Ms) },
  { title: 'P95 MS', cell: ({ latencyP95Ms }: Row) => shown(latencyP95Ms) },
  { title: 'P99 MS', cell: ({ latencyP99Ms }: Row) => shown(latencyP99Ms) },
  { title: 'TTFT P95', cell: ({ ttftP95Ms }: Row) => shown(ttftP95Ms) },
  { title: 'TPOT P95', cell: ({ tpotP95Ms }: Row) => shown(tpotP95Ms) },
  { title: 'TOKENS/S', cell: ({ generationTokensPerSecond }: Row) => shown(generationTokensPerSecond) },
  { title: 'IN FLIGHT', cell: ({ inFlight }: Row) => shown(inFlight) },
  { title: 'WAITING', cell: ({ requestsWaiting }: Row) => shown(requestsWaiting) },
  { title: 'KV %', cell: ({ kvCacheUsage }: Row) => shown(kvCacheUsage, PERCENT) },
  { title: 'MIB', cell: ({ memoryUsedBytes }: Row) => shown(memoryUsedBytes, 1 / MEBIBYTE) },
];

/** Unknown is unknown, never 0. */
const shown = (value: Known, times = 1): string => (value === null ? '-' : String(Math.round(value * times * 10) / 10));
