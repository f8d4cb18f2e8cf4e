import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ExternalTool } from './external-tool.js';

const run = promisify(execFile);
/** Beyond the time it was given. */
const WRK_LATE_MS = 20_000;

export type WrkRequest = { readonly body: string; readonly headers: Readonly<Record<string, string>> };
export type WrkLoad = {
  readonly url: string;
  readonly script: string;
  readonly connections: number;
  readonly seconds: number;
  readonly core: number | null;
};
export type WrkResult = { readonly requests: number; readonly seconds: number; readonly p50Us: number; readonly p99Us: number };

/** A script that makes wrk send this POST and say what came of it as JSON. */
export function wrkScript({ body, headers }: WrkRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers[ ${luaText(name)} ] = ${luaText(value)}`);
  return `wrk.method = "POST"
wrk.body = ${luaText(body)}
${lines.join('\n')}
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%.6f,"p50Us":%d,"p99Us":%d,"failed":%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`;
}

/** A Lua long string takes everything but its own end. In an index it needs spaces around it: `[[` begins another kind. */
const luaText = (text: string): string => `[==[${text}]==]`;

export function writeWrkScript(file: string, request: WrkRequest): string {
  writeFileSync(file, wrkScript(request));
  return file;
}

/** @throws Error when a request failed or was answered with anything but 2xx or 3xx: such a rate would mean nothing. */
export async function runWrk(wrk: ExternalTool, { url, script, connections, seconds, core }: WrkLoad): Promise<WrkResult> {
  const parameters = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, url];
  const [program, ...rest] = core === null ? [wrk.path, ...parameters] : ['taskset', '-c', String(core), wrk.path, ...parameters];
  const { stdout, stderr } = await run(program, rest, { env: wrk.environment, timeout: seconds * 1_000 + WRK_LATE_MS });
  if (stderr !== '') throw new Error(`wrk did not take its script: ${stderr}`); // it goes on without it
  return parseWrkOutput(stdout, url);
}

export function parseWrkOutput(output: string, url: string): WrkResult {
  const line = /^RESULT (\{.*\})$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`wrk said nothing of ${url}: ${output}`);
  const { failed, ...result } = JSON.parse(line) as WrkResult & { failed: number };
  if (failed > 0 || result.requests === 0) throw new Error(`${failed} of ${result.requests} requests to ${url} failed`);
  return result;
}
