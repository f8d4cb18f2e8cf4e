import { randomUUID } from 'node:crypto';
import { streams } from '@slipway/contracts';
import type { ReplicaCommand } from '@slipway/domain';
import { handleCommand, type EventLog } from '@slipway/event-log';
import { aggregates } from '../aggregates.js';

type WithoutTime<C> = C extends unknown ? Omit<C, 'atMs'> : never;
export type ReplicaObservationCommand = WithoutTime<ReplicaCommand>;

/** What ids of commands begin with that say what was seen, and that nobody asked for. */
export const OBSERVATION = 'observation/';

/** Records what was seen of a replica. Seeing the same twice records it once: the replica's own rules see to that. */
export function replicaRecords(log: EventLog, nowMs: () => number) {
  return async (replicaId: string, command: ReplicaObservationCommand, traceparent: string | null): Promise<void> => {
    const context = { commandId: `${OBSERVATION}${randomUUID()}`, actor: 'orchestrator', correlationId: `replica/${replicaId}`, ...(traceparent === null ? {} : { traceparent }) };
    await handleCommand(log, aggregates.replica, streams.replica(replicaId), { ...command, atMs: nowMs() } as ReplicaCommand, context);
  };
}
