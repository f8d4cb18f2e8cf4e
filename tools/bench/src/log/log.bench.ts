import type { BenchRun } from '../bench-run.js';
import type { PartReport } from '../report/figure.js';
import { benchAppend } from './append.bench.js';
import { benchReplay } from './replay.bench.js';

export async function benchLog(run: BenchRun): Promise<PartReport> {
  return { figures: [...(await benchAppend(run)), ...(await benchReplay(run))], skipped: [] };
}
