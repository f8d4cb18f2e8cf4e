import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A process that cannot be mistaken for a later one with the same number. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Start time in clock ticks since boot; empty where the system has no /proc. */
  readonly startTicks: string;
};

export type MarkedProcess = ProcessIdentity & { readonly groupId: number; readonly marker: string; readonly environ: string };

/** After how many processes a scan lets other work run. A read of /proc takes some 20 µs. */
const SCAN_BATCH_PROCESSES = 64;

/** What the system knows of its processes: /proc on Linux; elsewhere only whether a number is taken. */
export type ProcessTable = {
  /** Null: no such process, or a zombie (it has ended; whether somebody reaps it is not our concern). */
  identify(pid: number): ProcessIdentity | null;
  isAlive(process: ProcessIdentity): boolean;
  readonly readsCommands: boolean;
  /** The nth word of the command line; null when there is none, or it cannot be read. */
  commandWord(pid: number, index: number): string | null;
  /** Every living process whose environment holds `<name>=<value>` with a value starting with `prefix`. Empty without /proc. */
  marked(name: string, prefix: string): Promise<readonly MarkedProcess[]>;
  /** Whether the group still has a living member. */
  hasLivingMember(groupId: number): Promise<boolean>;
};

export function openProcessTable(procFolder = '/proc'): ProcessTable {
  return readText(join(procFolder, 'self/stat')) === null ? bareProcessTable : linuxProcessTable(procFolder);
}

function linuxProcessTable(procFolder: string): ProcessTable {
  const stat = (pid: number): Stat | null => parseStat(readText(join(procFolder, String(pid), 'stat')));
  const file = (pid: number, name: string): string => readText(join(procFolder, String(pid), name)) ?? '';
  async function* living(): AsyncGenerator<{ pid: number; stat: Stat }> {
    const pids = readdirSync(procFolder).filter((entry) => /^\d+$/.test(entry));
    for (const [index, pid] of pids.map(Number).entries()) {
      if (index % SCAN_BATCH_PROCESSES === SCAN_BATCH_PROCESSES - 1) await new Promise(setImmediate);
      const found = stat(pid);
      if (found !== null) yield { pid, stat: found };
    }
  }
  return {
    identify(pid) {
      const found = stat(pid);
      return found === null ? null : { pid, startTicks: found.startTicks };
    },
    isAlive: ({ pid, startTicks }) => stat(pid)?.startTicks === startTicks,
    readsCommands: true,
    commandWord: (pid, index) => file(pid, 'cmdline').split('\0')[index] ?? null,
    async marked(name, prefix) {
      const found: MarkedProcess[] = [];
      for await (const { pid, stat: { groupId, startTicks } } of living()) {
        const environ = `\0${file(pid, 'environ')}`;
        const start = environ.indexOf(`\0${name}=${prefix}`);
        if (start < 0) continue;
        const marker = environ.slice(start + name.length + 2, environ.indexOf('\0', start + 1));
        found.push({ pid, startTicks, groupId, marker, environ });
      }
      return found;
    },
    async hasLivingMember(groupId) {
      for await (const process of living()) if (process.stat.groupId === groupId) return true;
      return false;
    },
  };
}

const bareProcessTable: ProcessTable = {
  identify: (pid) => (signalReaches(pid) ? { pid, startTicks: '' } : null),
  isAlive: ({ pid }) => signalReaches(pid),
  readsCommands: false,
  commandWord: () => null,
  marked: async () => [],
  // A signal also "reaches" zombies, which may stay for long; a group is only asked about after it was killed.
  hasLivingMember: async () => false,
};

function signalReaches(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

type Stat = { readonly groupId: number; readonly startTicks: string };

/** Fields of /proc/<pid>/stat after the command name, which may itself hold spaces and brackets. */
function parseStat(text: string | null): Stat | null {
  if (text === null) return null;
  const [state, , groupId, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTicks = rest[16];
  if (groupId === undefined || startTicks === undefined || state === 'Z' || state === 'X') return null;
  return { groupId: Number(groupId), startTicks };
}

/** Null when the process is gone, or is somebody else's. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
