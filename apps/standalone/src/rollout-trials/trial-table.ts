import { isFine, type TrialResult } from './trial.js';

const HEADS = ['scenario', 'requests', 'failed', 'cut', "bad revision's own errors (its share)", 'p50, ms', 'p99, ms', 'quiet p99, ms', 'ratio', 'took, s', 'log', ''];

/** As Markdown, ready for the documentation. */
export function trialTable(results: readonly TrialResult[]): string {
  return [HEADS, HEADS.map(() => '---'), ...results.map(cells)].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

function cells(result: TrialResult): readonly string[] {
  const { scenario, requests, failed, cut, failedByBad, badPercent, p50Ms, p99Ms, quietP99Ms, seconds, isLogClean, broken } = result;
  const ofBad = badPercent === null ? '' : `${failedByBad} (${badPercent.toFixed(1)} %)`;
  const ratio = quietP99Ms === null ? '' : (p99Ms / quietP99Ms).toFixed(2);
  const quiet = quietP99Ms === null ? '' : quietP99Ms.toFixed(0);
  const verdict = isFine(result) ? 'holds' : `FAILS${broken === null ? '' : `: ${broken.slice(0, 80)}`}`;
  return [scenario, GROUPED.format(requests), String(failed), String(cut), ofBad, p50Ms.toFixed(0), p99Ms.toFixed(0), quiet, ratio, seconds.toFixed(1), isLogClean ? 'clean' : 'NOT CLEAN', verdict];
}

const GROUPED = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
