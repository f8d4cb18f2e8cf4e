/** What `/proc/<pid>/stat` says of processor time, in clock ticks. */
export type ProcessTicks = {
  readonly parentPid: number;
  /** Of the process's own threads, living and ended. */
  readonly own: number;
  /** Of its children that have ended and were waited for. */
  readonly endedChildren: number;
};

/** @throws Error when the text is not such a line. */
export function parseProcessStat(text: string): ProcessTicks {
  // The name stands in brackets and may itself hold brackets and spaces; what follows the last one is numbers.
  const fields = text.slice(text.lastIndexOf(')') + 2).trim().split(' ');
  const field = (number: number): number => {
    const value = Number(fields[number - FIRST_FIELD]);
    if (!Number.isFinite(value)) throw new Error(`not a process's stat line: ${text}`);
    return value;
  };
  return { parentPid: field(4), own: field(14) + field(15), endedChildren: field(16) + field(17) };
}

/** Fields are numbered as in proc(5); the third is the first after the name. */
const FIRST_FIELD = 3;

/** What `/proc/<pid>/smaps_rollup` says a process holds. */
export type ResidentMemory = {
  /** All pages in memory it can see, those it shares counted whole. */
  readonly rssBytes: number;
  /** Shared pages divided by the number of processes that share them: sums of it are what the machine really holds. */
  readonly pssBytes: number;
};

/** @throws Error when the text lacks them. */
export function parseSmapsRollup(text: string): ResidentMemory {
  const bytes = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    if (found === undefined) throw new Error(`no ${name} in a memory roll-up`);
    return Number(found) * 1024;
  };
  return { rssBytes: bytes('Rss'), pssBytes: bytes('Pss') };
}
