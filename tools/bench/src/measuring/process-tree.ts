import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parseProcessStat, parseSmapsRollup, type ProcessTicks, type ResidentMemory } from './process-stat.js';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Microseconds of processor time that a process and everything it started have used so far, at a grain of 10 ms. */
export function cpuOfTreeUs(pid: number): number {
  const ticks = treeOf(pid).reduce((sum, { own, endedChildren }) => sum + own + endedChildren, 0);
  return (ticks * 1_000_000) / TICKS_PER_SECOND;
}

export type ResidentProcess = ResidentMemory & { readonly pid: number; readonly command: string };

export function memoryOfTree(pid: number): readonly ResidentProcess[] {
  return treeOf(pid).flatMap(({ pid: member }) => {
    const rollup = readIfThere(`/proc/${member}/smaps_rollup`);
    const command = readIfThere(`/proc/${member}/cmdline`);
    return rollup === null || command === null ? [] : [{ pid: member, command: command.replaceAll('\0', ' ').trim(), ...parseSmapsRollup(rollup) }];
  });
}

function treeOf(pid: number): readonly (ProcessTicks & { readonly pid: number })[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readIfThere(`/proc/${name}/stat`);
      return stat === null ? [] : [{ pid: Number(name), ...parseProcessStat(stat) }];
    });
  const members = new Set([pid]);
  for (let grown = true; grown; ) {
    const before = members.size;
    for (const process of all) if (members.has(process.parentPid)) members.add(process.pid);
    grown = members.size > before;
  }
  return all.filter((process) => members.has(process.pid));
}

/** Null when the process has ended meanwhile. */
function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
