import { join } from 'node:path';
import type { ProcessIdentity, ProcessTable, MarkedProcess } from './process-table.js';
import { claimFileName, type EngineEnd, type RunFolder } from './run-folder.js';
import { WRAPPER_CLAIM_WORD } from './supervised-spawn.js';

/** In every process an engine start leads to: `<platform id>/<replica id>/<attempt>`. How one is found when all records are lost. */
export const MARKER = 'SLIPWAY_REPLICA';
/** Beside the marker, so that a stray can be described without its record. */
export const ENDPOINT_VARIABLE = 'SLIPWAY_REPLICA_ENDPOINT';
export const STARTED_AT_VARIABLE = 'SLIPWAY_REPLICA_STARTED_AT_MS';

export type Located =
  | { readonly type: 'running'; readonly process: ProcessIdentity }
  | { readonly type: 'ended'; readonly end: EngineEnd; readonly pid: number | null }
  | { readonly type: 'neverStarted' };

/** A running attempt nobody has a record of. */
export type Stray = {
  readonly replicaId: string;
  readonly attempt: number;
  readonly process: ProcessIdentity;
  readonly endpoint: string | null;
  readonly startedAtMs: number;
};

/** Tells what became of an attempt, from what the wrapper wrote and what the system runs. */
export type ReplicaFinder = {
  readonly markerOf: (replicaId: string, attempt: number) => string;
  /** Kills what is left of an attempt whose wrapper is gone: it would serve unwatched. */
  locate(folder: RunFolder, replicaId: string, attempt: number): Promise<Located>;
  strays(replicaId?: string): Promise<readonly Stray[]>;
  /** Every living process of a replica, over all attempts; `rest` are those without a wrapper in their group. */
  processesOf(folder: RunFolder, replicaId: string, attempt: number): Promise<{ wrappers: readonly OwnProcess[]; rest: readonly OwnProcess[] }>;
};

export type OwnProcess = ProcessIdentity & { readonly groupId: number };

export function replicaFinder(table: ProcessTable, platformId: string): ReplicaFinder {
  const markerOf = (replicaId: string, attempt: number): string => `${platformId}/${replicaId}/${attempt}`;

  /** The wrapper that leads a marked process's group. Looked up now: it may have begun after the scan had passed it. */
  function wrapperOf({ marker, groupId }: MarkedProcess): ProcessIdentity | null {
    return isWrapper(table, groupId, claimName(marker)) ? table.identify(groupId) : null;
  }

  async function livingClaim(folder: RunFolder, replicaId: string, attempt: number): Promise<Claim> {
    const claimed = await folder.readClaim(attempt);
    const isLiving = claimed !== null && table.isAlive(claimed) && isWrapper(table, claimed.pid, claimName(markerOf(replicaId, attempt)));
    return { claimed, isLiving };
  }

  return {
    markerOf,
    async locate(folder, replicaId, attempt) {
      const { claimed, isLiving } = await livingClaim(folder, replicaId, attempt);
      if (claimed !== null && isLiving) return { type: 'running', process: claimed };
      const marker = markerOf(replicaId, attempt);
      const marked = (await table.marked(MARKER, marker)).filter((process) => process.marker === marker);
      for (const process of marked) {
        const wrapper = wrapperOf(process);
        if (wrapper !== null) return { type: 'running', process: wrapper };
      }
      killGroups(marked);
      const pid = claimed?.pid ?? null;
      const end = await folder.readExit(attempt);
      if (end !== null) return { type: 'ended', end, pid };
      return claimed === null && marked.length === 0 ? { type: 'neverStarted' } : { type: 'ended', end: { exitCode: null, signal: null }, pid };
    },

    async strays(replicaId) {
      const marked = await table.marked(MARKER, replicaId === undefined ? `${platformId}/` : `${platformId}/${replicaId}/`);
      const strays = new Map<number, Stray>();
      for (const process of marked) {
        const wrapper = strays.has(process.groupId) ? null : wrapperOf(process);
        if (wrapper === null) continue;
        const endpoint = variable(process, ENDPOINT_VARIABLE);
        const startedAtMs = Number(variable(process, STARTED_AT_VARIABLE) ?? 0);
        strays.set(process.groupId, { ...parseMarker(process.marker), process: wrapper, endpoint, startedAtMs });
      }
      return [...strays.values()];
    },

    async processesOf(folder, replicaId, attempt) {
      const wrappers = new Map<number, OwnProcess>();
      const { claimed, isLiving } = await livingClaim(folder, replicaId, attempt);
      if (claimed !== null && isLiving) wrappers.set(claimed.pid, { ...claimed, groupId: claimed.pid });
      const marked = await table.marked(MARKER, `${platformId}/${replicaId}/`);
      for (const process of marked) {
        const wrapper = wrappers.has(process.groupId) ? null : wrapperOf(process);
        if (wrapper !== null) wrappers.set(wrapper.pid, { ...wrapper, groupId: wrapper.pid });
      }
      return { wrappers: [...wrappers.values()], rest: marked.filter(({ groupId }) => !wrappers.has(groupId)) };
    },
  };
}

type Claim = { readonly claimed: ProcessIdentity | null; readonly isLiving: boolean };

/** The folder above may have been moved since the start; what is below names the attempt. */
function claimName(marker: string): string {
  const { replicaId, attempt } = parseMarker(marker);
  return join('/', replicaId, claimFileName(attempt));
}

/** By its command line, which it cannot change. Where command lines cannot be read, its claim has to do. */
function isWrapper(table: ProcessTable, pid: number, claim: string): boolean {
  return table.commandWord(pid, WRAPPER_CLAIM_WORD)?.endsWith(claim) ?? !table.readsCommands;
}

/** Whole groups: an engine's children die with it, also those that dropped the marker. */
export function killGroups(processes: readonly OwnProcess[]): void {
  for (const groupId of new Set(processes.map((process) => process.groupId))) sendSignal(-groupId, 'SIGKILL');
}

/** A process that has just ended needs no signal. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function parseMarker(marker: string): { replicaId: string; attempt: number } {
  const [, replicaId = '', attempt = ''] = marker.split('/');
  return { replicaId, attempt: Number(attempt) };
}

function variable(process: MarkedProcess, name: string): string | null {
  const start = process.environ.indexOf(`\0${name}=`);
  if (start < 0) return null;
  return process.environ.slice(start + name.length + 2, process.environ.indexOf('\0', start + 1));
}
