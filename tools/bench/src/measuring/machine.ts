import { readFileSync } from 'node:fs';
import os from 'node:os';

/** Where a run took place, so that its figures can be read. */
export type Machine = {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** Of the last minute, when the run began and ended: what else the machine was doing shows in it. */
  readonly loadAtStart: number;
  readonly loadAtEnd: number;
};

export function describeMachine(loadAtStart: number): Machine {
  return {
    processor: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    system: `${distribution()}, ${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    loadAtStart,
    loadAtEnd: currentLoad(),
  };
}

export const currentLoad = (): number => os.loadavg()[0] ?? 0;

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? os.platform();
  } catch {
    return os.platform();
  }
}
