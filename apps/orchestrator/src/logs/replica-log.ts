import { SlipwayError } from '@slipway/contracts';
import type { LogPage, LogRead } from '@slipway/runtimes';
import type { ReplicaRow } from '../read-models/replicas.projection.js';
import { logMask } from '../replicas/log-mask.js';
import type { ReplicaPorts } from '../replicas/replica-ports.js';
import type { LedRuntime } from './led-runtime.js';

export type ReplicaLogPorts = { readonly runtime: LedRuntime; readonly planLaunch: ReplicaPorts['planLaunch'] };

/** Reads an engine's output. @throws SlipwayError LOGS_NOT_REACHABLE, now or once this instance leads no longer. */
export type ReadReplicaLog = (read: LogRead) => Promise<LogPage>;

/** The output of one replica as anybody may see it: without the secrets its engine was given. */
export async function openReplicaLog({ runtime, planLaunch }: ReplicaLogPorts, { replicaId, state }: ReplicaRow): Promise<ReadReplicaLog> {
  const notReachable = (problem: string): SlipwayError => new SlipwayError('LOGS_NOT_REACHABLE', { replicaId, problem });
  if (runtime.current === null) throw notReachable(NOT_LEADING);
  const mask = await logMask(planLaunch, replicaId, state);
  if (mask === null) throw notReachable('a secret of its revision is gone from the secret store, so that its lines cannot be masked');
  return async (read) => {
    if (runtime.current === null) throw notReachable(NOT_LEADING);
    const page = await runtime.current.readLog(replicaId, read);
    if (page !== null) return { ...page, lines: page.lines.map((line) => ({ ...line, text: mask(line.text, line.isCut) })) };
    if (state.attempt > 0) throw notReachable('this machine keeps no log of it');
    return { lines: [], position: 0, hasGap: false, hasMore: false };
  };
}

const NOT_LEADING = 'this instance of the orchestrator does not lead';
