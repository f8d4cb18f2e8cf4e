import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';

/** Clock ticks a second in /proc, on every Linux there is. */
const TICKS_PER_SECOND = 100;
/** How a local engine's environment names its replica: `<platform>/<replicaId>/<attempt>`. */
const MARKER = 'SLIPWAY_REPLICA';
/** Processes of one engine that are looked at. */
const PROCESSES_MAX = 256;

export type ProcessUsage = { readonly cpuUtilization: number | null; readonly memoryUsedBytes: number };
type Reading = { readonly cpuTicks: number; readonly atMs: number };

/**
 * What engines of this machine use, from /proc. The handle in the log (`pid:123`) may be of another machine, another container or a
 * process long gone: only a process that carries the replica's mark is taken for it. Null: not here, or not to be seen.
 */
export class ProcessUsages {
  readonly #before = new Map<string, Reading>();

  constructor(
    private readonly nowMs: () => number,
    private readonly procFolder = '/proc',
  ) {}

  async read(replicaId: string, handle: string | null): Promise<ProcessUsage | null> {
    const pid = /^pid:(\d+)$/.exec(handle ?? '')?.[1];
    if (pid === undefined || !(await this.#isOf(pid, replicaId))) return null;
    const processes = await Promise.all((await this.#family(pid)).map((each) => this.#usageOf(each)));
    const found = processes.filter((each) => each !== null);
    const cpuTicks = found.reduce((sum, each) => sum + each.cpuTicks, 0);
    const reading = { cpuTicks, atMs: this.nowMs() };
    const before = this.#before.get(replicaId);
    this.#before.set(replicaId, reading);
    return { cpuUtilization: utilization(before, reading), memoryUsedBytes: found.reduce((sum, each) => sum + each.memoryBytes, 0) };
  }

  forget(replicaId: string): void {
    this.#before.delete(replicaId);
  }

  async #isOf(pid: string, replicaId: string): Promise<boolean> {
    const environ = await this.#file(pid, 'environ');
    const mark = environ.split('\0').find((entry) => entry.startsWith(`${MARKER}=`));
    return mark !== undefined && mark.split('/')[1] === replicaId;
  }

  /** The process and all below it. */
  async #family(pid: string): Promise<readonly string[]> {
    const family = [pid];
    for (let index = 0; index < family.length && family.length < PROCESSES_MAX; index += 1) {
      const member = family[index] ?? '';
      const children = await this.#file(member, `task/${member}/children`);
      family.push(...children.split(' ').filter((child) => /^\d+$/.test(child)));
    }
    return family;
  }

  async #usageOf(pid: string): Promise<{ readonly cpuTicks: number; readonly memoryBytes: number } | null> {
    const [stat, status] = await Promise.all([this.#file(pid, 'stat'), this.#file(pid, 'status')]);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold spaces and parentheses
    const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
    const residentKib = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
    if ([userTicks, systemTicks, residentKib].some(Number.isNaN)) return null;
    return { cpuTicks: userTicks + systemTicks, memoryBytes: residentKib * 1_024 };
  }

  #file(pid: string, name: string): Promise<string> {
    return readFile(path.join(this.procFolder, pid, name), 'utf8').catch(() => '');
  }
}

/** Of all processors of this machine. A process of the family that ended takes its ticks with it: nothing is known then. */
function utilization(before: Reading | undefined, now: Reading): number | null {
  if (before === undefined || now.atMs <= before.atMs || now.cpuTicks < before.cpuTicks) return null;
  const seconds = (now.atMs - before.atMs) / 1_000;
  return Math.min(1, (now.cpuTicks - before.cpuTicks) / TICKS_PER_SECOND / seconds / availableParallelism());
}
