import path from 'node:path';
import type { BenchRun } from '../bench-run.js';
import { cpuOfTreeUs } from '../measuring/process-tree.js';
import { rotated, type RoundSamples } from '../measuring/round-samples.js';
import { CHAT_PATH, CHAT_QUESTION } from './chat-messages.js';
import type { Candidate, Cores } from './candidates.js';
import type { ExternalTool } from './external-tool.js';
import { runWrk, writeWrkScript, type WrkResult } from './wrk.js';

export const CONNECTIONS = 32;

/** Short questions with short answers over kept-alive connections: many at once for the rate, one for the latency. */
export async function benchRequests(run: BenchRun, candidates: readonly Candidate[], wrk: ExternalTool, cores: Cores, samples: RoundSamples): Promise<void> {
  const directory = run.workshop.directory('wrk');
  const prepared = candidates.map((candidate) => {
    const { name, chat } = candidate;
    const script = writeWrkScript(path.join(directory, `${name}.lua`), { body: CHAT_QUESTION, headers: chat.headers });
    const load = (connections: number): Promise<WrkResult> =>
      runWrk(wrk, { url: `http://127.0.0.1:${chat.port}${CHAT_PATH}`, script, connections, seconds: run.seconds, core: cores.load });
    return { ...candidate, load };
  });
  for (const { name, load } of prepared) {
    run.progress(`proxy: warming up ${name}`);
    await load(CONNECTIONS);
  }
  for (let round = 0; round < run.rounds; round++) {
    for (const { name, process, load } of rotated(prepared, round)) {
      run.progress(`proxy: requests, round ${round + 1} of ${run.rounds}, ${name}`);
      const cpuBeforeUs = process === null ? 0 : cpuOfTreeUs(process.pid);
      const many = await load(CONNECTIONS);
      if (process !== null) samples.add(`${name}.cpu`, (cpuOfTreeUs(process.pid) - cpuBeforeUs) / many.requests);
      samples.add(`${name}.rate`, many.requests / many.seconds);
      samples.add(`${name}.p50`, many.p50Us);
      samples.add(`${name}.p99`, many.p99Us);
      samples.add(`${name}.alone.p50`, (await load(1)).p50Us);
    }
  }
}
