import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { waitUntil, type PlatformLab } from '../e2e/platform-lab.js';

const BACK_LIMIT_MS = 60_000;

/** One engine, any; resolves when another one runs in its place. */
export async function killReplica(lab: PlatformLab): Promise<void> {
  const before = lab.enginePids();
  const victim = before[Math.floor(Math.random() * before.length)];
  if (victim === undefined) throw new Error('no engine runs');
  process.kill(victim, 'SIGKILL');
  const isReplaced = (): boolean => lab.enginePids().filter((pid) => pid !== victim).length === before.length;
  await waitUntil(isReplaced, BACK_LIMIT_MS, () => `nothing is launched in its place: ${lab.serviceLog()}`);
}

/** The process in which rollouts are walked; resolves when it, or the next one in its place, runs again. */
export async function killLeader(lab: PlatformLab): Promise<void> {
  const { controlPlane } = lab.shape.scripts;
  const before = lab.pidsOf(controlPlane);
  const victim = await leaderOf(lab, before);
  process.kill(victim, 'SIGKILL');
  const isBack = (): boolean => lab.pidsOf(controlPlane).filter((pid) => pid !== victim).length === before.length;
  await waitUntil(isBack, BACK_LIMIT_MS, () => `it did not come back: ${lab.serviceLog()}`);
}

async function leaderOf({ shape }: PlatformLab, pids: readonly number[]): Promise<number> {
  const [first] = pids;
  if (first === undefined) throw new Error('no orchestrator runs');
  if (shape.servers === null) return first;
  const client = new Client({ connectionString: shape.servers.postgres.url });
  await client.connect();
  const { rows } = await client.query<{ holder: string }>("SELECT holder FROM slipway_leases.leases WHERE name = 'orchestrator'");
  await client.end();
  const holder = rows[0]?.holder ?? '';
  return pids.find((pid) => holder.includes(instanceOf(pid))) ?? first;
}

const instanceOf = (pid: number): string => /\0SLIPWAY_INSTANCE=([^\0]+)\0/.exec(`\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}\0`)?.[1] ?? 'unknown';
