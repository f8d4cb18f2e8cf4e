import { spreadOf } from '../measuring/statistics.js';
import type { Figure } from './figure.js';

/** What a median is to be. */
export type Goal = {
  readonly figureId: string;
  readonly what: string;
  readonly bound: 'at most' | 'at least';
  readonly value: number;
  readonly unit: string;
};

export const GOALS: readonly Goal[] = [
  { figureId: 'proxy.cpu-per-request.x-nginx', what: 'proxy: CPU per request against nginx', bound: 'at most', value: 3.5, unit: '×' },
  { figureId: 'proxy.requests.x-portkey', what: 'proxy: requests per second against Portkey', bound: 'at least', value: 10, unit: '×' },
  { figureId: 'proxy.stream-256.cpu-per-chunk.x-nginx', what: 'proxy: CPU per streamed chunk against nginx, 256 streams', bound: 'at most', value: 1.7, unit: '×' },
  { figureId: 'log.append-256.x-single', what: 'log: appends of 256 callers against one at a time', bound: 'at least', value: 20, unit: '×' },
  { figureId: 'log.replay.x-rows', what: 'log: replay and fold against reading rows only', bound: 'at least', value: 0.3, unit: '×' },
  { figureId: 'platform.first-start', what: 'platform: ready, first start', bound: 'at most', value: 3, unit: 's' },
  { figureId: 'platform.second-start', what: 'platform: ready, second start', bound: 'at most', value: 3, unit: 's' },
  { figureId: 'platform.pss', what: 'platform: memory the machine holds for it (sum of PSS)', bound: 'at most', value: 350, unit: 'MB' },
  { figureId: 'platform.rss', what: 'platform: resident memory (sum of RSS)', bound: 'at most', value: 350, unit: 'MB' },
  ...['list', 'filter', 'page', 'detail', 'timeline'].map(
    (name): Goal => ({ figureId: `graph.${name}.p95`, what: `graph: ${name}, p95 at the gateway`, bound: 'at most', value: 50, unit: 'ms' }),
  ),
  { figureId: 'judgement.all.false-aborts.minus-plain', what: 'judgement: good canaries aborted, beyond the plain rule', bound: 'at most', value: 0, unit: 'points' },
  { figureId: 'judgement.all.missed-bad.minus-plain', what: 'judgement: bad canaries promoted, beyond the plain rule', bound: 'at most', value: 0, unit: 'points' },
];

export type Verdict = Goal & {
  /** Null: its figure was not measured in this run. */
  readonly measured: number | null;
  readonly verdict: 'reached' | 'missed' | 'not measured';
};

export function judge(goals: readonly Goal[], figures: readonly Figure[]): readonly Verdict[] {
  return goals.map((goal) => {
    const values = figures.find(({ id }) => id === goal.figureId)?.values ?? [];
    if (values.length === 0) return { ...goal, measured: null, verdict: 'not measured' };
    const measured = spreadOf(values).median;
    const reached = goal.bound === 'at most' ? measured <= goal.value : measured >= goal.value;
    return { ...goal, measured, verdict: reached ? 'reached' : 'missed' };
  });
}
