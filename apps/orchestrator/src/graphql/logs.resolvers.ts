import { invalidInput, SlipwayError } from '@slipway/contracts';
import type { LogLine } from '@slipway/runtimes';
import type { GraphQLContext, Resolvers } from '@slipway/service';
import { followedLog } from '../logs/followed-log.js';
import type { ToldLine } from '../logs/line-queue.js';
import { openReplicaLog } from '../logs/replica-log.js';
import type { ReplicaRow } from '../read-models/replicas.projection.js';
import type { LogPorts, ReplicaView } from './resolver-ports.js';

/** Lines that can be asked for at once. */
export const LOG_TAIL_MAX = 1000;
const ID_CHARACTERS_SHOWN = 120;
/** Ids are made by us; whatever else somebody asks for cannot exist, and may not even be the name of a stream. */
const REPLICA_ID = /^[\w.-]{1,200}$/;
const CURSOR = /^\d{1,15}$/;

type Following = { readonly replicaId: string; readonly tail: number; readonly after?: string | null };

export function logsResolvers({ log, reads, logs }: LogPorts): Resolvers {
  const found = async (replicaId: string): Promise<ReplicaRow> => {
    const row = REPLICA_ID.test(replicaId) ? await reads.replica(replicaId) : null;
    if (row === null) throw new SlipwayError('REPLICA_NOT_FOUND', { replicaId: replicaId.slice(0, ID_CHARACTERS_SHOWN) });
    return row;
  };
  return {
    Subscription: {
      replicaLogs: {
        subscribe: (_: unknown, { replicaId, tail, after }: Following, { request }: GraphQLContext) => {
          const from = after == null ? { tail: tailOf(tail) } : { after: positionOf(after) };
          return followedLog(log, { replicaId, from, open: async () => openReplicaLog(logs, await found(replicaId)) }, request.signal);
        },
        resolve: (line: ToldLine) => line,
      },
    },

    ModelReplica: {
      logs: async ({ row }: ReplicaView, { tail }: { readonly tail: number }) => {
        const lastLines = tailOf(tail);
        const read = await openReplicaLog(logs, row);
        return read({ lastLines, withUnfinished: true });
      },
    },
    ReplicaLogLine: {
      cut: ({ isCut }: LogLine) => isCut,
      skippedLines: (line: LogLine | ToldLine) => ('skippedLines' in line ? line.skippedLines : 0),
      cursor: ({ position }: LogLine) => String(position),
    },
  };
}

function tailOf(tail: number | null): number {
  if (tail !== null && tail >= 0 && tail <= LOG_TAIL_MAX) return tail;
  throw invalidInput([{ field: 'tail', problem: `must be from 0 to ${LOG_TAIL_MAX}` }]);
}

function positionOf(cursor: string): number {
  if (CURSOR.test(cursor)) return Number(cursor);
  throw invalidInput([{ field: 'after', problem: 'is no cursor of a line' }]);
}
