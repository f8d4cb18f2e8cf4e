import os from 'node:os';
import type { BenchRun } from '../bench-run.js';
import { RoundSamples } from '../measuring/round-samples.js';
import type { PartReport } from '../report/figure.js';
import { startCandidates, startUpstreams, type Cores } from './candidates.js';
import { externalTool } from './external-tool.js';
import { proxyFigures } from './proxy-figures.js';
import { benchRequests } from './request.bench.js';
import { benchStreams } from './stream.bench.js';

/** The proxy beside nginx and other gateways, over the same upstreams, in the same rounds. */
export async function benchProxy(run: BenchRun): Promise<PartReport> {
  const { config, progress } = run;
  const nginx = await externalTool('nginx', config, progress);
  if ('missing' in nginx) return { figures: [], skipped: [{ what: 'the proxy, which is measured against nginx', why: nginx.missing }] };
  const wrk = await externalTool('wrk', config, progress);
  const cores = coresOf(os.availableParallelism());
  const upstreams = await startUpstreams(run, cores, nginx);
  const { candidates, skipped } = await startCandidates({ run, cores, upstreams, nginx });
  const samples = new RoundSamples();
  if ('missing' in wrk) skipped.push({ what: 'requests per second and latency', why: wrk.missing });
  else await benchRequests(run, candidates, wrk, cores, samples);
  await benchStreams(run, candidates, cores, samples);
  return { figures: proxyFigures(samples), skipped };
}

/** With one core there is nothing to keep apart. */
const coresOf = (available: number): Cores => (available >= 2 ? { proxy: 1, load: 0 } : { proxy: null, load: null });
