import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BenchRun } from '../bench-run.js';
import { cpuOfTreeUs } from '../measuring/process-tree.js';
import { rotated, type RoundSamples } from '../measuring/round-samples.js';
import { CHUNK_INTERVAL_MS, CHUNKS_PER_STREAM } from './chat-messages.js';
import type { Candidate, Cores } from './candidates.js';
import type { StreamLoad, StreamResult } from './stream-client.js';

/** The first for latency with room to spare, the second near what a core can pass on. */
export const STREAM_COUNTS = [64, 256] as const;

const run = promisify(execFile);
/** Beyond the time its streams take. */
const CLIENT_LATE_MS = 60_000;

/** Streamed answers, all at once: what a chunk costs, and how long it is on its way. */
export async function benchStreams(bench: BenchRun, candidates: readonly Candidate[], cores: Cores, samples: RoundSamples): Promise<void> {
  const streaming = candidates.flatMap(({ name, stream, process }) => (stream === null ? [] : [{ name, stream, process }]));
  for (let round = -1; round < bench.rounds; round++) {
    for (const { name, stream, process } of rotated(streaming, Math.max(0, round))) {
      for (const streams of STREAM_COUNTS) {
        bench.progress(round < 0 ? `proxy: warming up ${name} with ${streams} streams` : `proxy: ${streams} streams, round ${round + 1} of ${bench.rounds}, ${name}`);
        const load: StreamLoad = { ...stream, streams, passes: round < 0 ? 1 : passesOf(streams, bench.seconds) };
        const cpuBeforeUs = process === null ? 0 : cpuOfTreeUs(process.pid);
        const result = await runClient(bench, cores, load);
        if (round < 0) continue;
        if (process !== null) samples.add(`${name}.stream-${streams}.cpu`, (cpuOfTreeUs(process.pid) - cpuBeforeUs) / result.chunks);
        samples.add(`${name}.stream-${streams}.transit.p50`, result.transitP50Us);
        samples.add(`${name}.stream-${streams}.transit.p99`, result.transitP99Us);
        samples.add(`${name}.stream-${streams}.first`, result.firstByteP50Us);
      }
    }
  }
}

/** A pass takes about a second. Few streams take more of them, or the 10 ms grain of processor time would show in the figure. */
function passesOf(streams: number, seconds: number): number {
  const passSeconds = (CHUNKS_PER_STREAM * CHUNK_INTERVAL_MS) / 1_000;
  const passes = Math.max(1, Math.round(seconds / passSeconds));
  return streams === STREAM_COUNTS[0] ? passes * 2 : passes;
}

async function runClient({ config }: BenchRun, { load: core }: Cores, load: StreamLoad): Promise<StreamResult> {
  const parameters = [process.execPath, path.join(import.meta.dirname, 'stream-client.js'), JSON.stringify(load)];
  const [program = '', ...rest] = core === null ? parameters : ['taskset', '-c', String(core), ...parameters];
  const timeout = (load.passes * CHUNKS_PER_STREAM * CHUNK_INTERVAL_MS * 4) + CLIENT_LATE_MS;
  const { stdout } = await run(program, rest, { env: config.environment, timeout });
  return JSON.parse(stdout) as StreamResult;
}
