import { CliError, EXIT_CODES } from '../exit-codes.js';
import type { GraphClient } from '../graph/graph-client.js';
import type { Machine } from '../invocation.js';
import { FURTHER_LINES, lastLines, REPLICA, TAIL_MAX, type LogLine, type LoggedReplica } from './replica-lines.js';

/** Before lines that broke off are asked for again, in milliseconds. */
export const RESUME_INTERVAL_MS = 1_000;

export type FollowedReplica = {
  readonly graph: GraphClient;
  readonly machine: Machine;
  readonly replica: LoggedReplica;
  /** Lines to begin with; null: all there are. */
  readonly tail: number | null;
  /** Waits for one that cannot be read to begin with, too; else that is a failure. */
  readonly isPatient: boolean;
  readonly signal: AbortSignal;
  tell(line: LogLine): void;
  /** It cannot be followed right now, and is again as soon as it can. Told once until it can. */
  onAway(error: CliError): void;
};

/**
 * What a replica prints, each line once and in order, until it is over or `signal` is aborted: asked for by the place of the
 * line that came last. So none is missed or doubled while the connection, or the platform, is away for a while.
 */
export async function followReplica({ graph, machine, replica: { id }, tail, isPatient, signal, tell, onAway }: FollowedReplica): Promise<void> {
  let after = tail === null ? '0' : isPatient ? null : await tellTail(graph, id, tail, tell);
  let isAway = false;
  while (!signal.aborted) {
    const before = after;
    try {
      after ??= await tellTail(graph, id, tail ?? 0, tell);
      for await (const { replicaLogs: line } of graph.watch(FURTHER_LINES, { id, after }, signal)) {
        isAway = false;
        after = line.cursor;
        tell(line);
      }
      // It ends when the replica is over, and also when the platform goes: only the end of nothing more is the end.
      if (after === before && (await isOver(graph, id))) return;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof CliError) || error.exitCode !== EXIT_CODES.notReachable) throw error;
      if (!isAway) onAway(error);
      isAway = true;
    }
    if (after === before) await machine.sleep(RESUME_INTERVAL_MS, signal).catch(() => undefined);
  }
}

/** Tells the last lines; answers where to go on. */
async function tellTail(graph: GraphClient, id: string, tail: number, tell: (line: LogLine) => void): Promise<string> {
  // One more, to know the place before a last line that is still being written: it is told when it is whole.
  const lines = await lastLines(graph, id, Math.min(TAIL_MAX, tail + 2));
  const whole = lines.at(-1)?.cut === true ? lines.slice(0, -1) : lines;
  for (const line of whole.slice(Math.max(0, whole.length - tail))) tell(line);
  return whole.at(-1)?.cursor ?? '0';
}

const OVER: ReadonlySet<string> = new Set(['TERMINATED', 'FAILED']);

async function isOver(graph: GraphClient, id: string): Promise<boolean> {
  const { replica } = await graph.ask(REPLICA, { id });
  return replica === null || OVER.has(replica.status);
}
