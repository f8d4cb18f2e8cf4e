import { parseEventAs, replicaEventTypes, splitStream } from '@slipway/contracts';
import { replica, type ReplicaEvent, type ReplicaState } from '@slipway/domain';
import type { EventLogReader, RecordedEvent } from '@slipway/event-log';

export type KnownReplica = {
  readonly replicaId: string;
  readonly state: ReplicaState;
  /** Log position of the event that took it out of rotation. */
  readonly drainingAt: number | null;
  /** The trace its last event belongs to: what is done about that event belongs to it, too. */
  readonly traceparent: string | null;
};

const parse = parseEventAs<ReplicaEvent>();

/** Every replica that is not over, folded from the log. */
export class KnownReplicas {
  readonly #replicas = new Map<string, KnownReplica>();

  static readonly filter = { types: replicaEventTypes };

  get(replicaId: string): KnownReplica | null {
    return this.#replicas.get(replicaId) ?? null;
  }

  /** Over, or not (yet) known: in either case nobody wants its engine. */
  isWanted(replicaId: string): boolean {
    return this.#replicas.has(replicaId);
  }

  living(): readonly KnownReplica[] {
    return [...this.#replicas.values()];
  }

  /** Takes one more event in; returns the replica it is about. */
  take(recorded: RecordedEvent): string {
    const { id: replicaId } = splitStream(recorded.streamId);
    const event = parse(recorded);
    const before = this.#replicas.get(replicaId);
    const state = replica.evolve(before?.state ?? replica.initialState, event);
    const drainingAt = event.type === 'ReplicaDraining' ? recorded.position : (before?.drainingAt ?? null);
    if (state.phase === 'stopped' || state.phase === 'failed') {
      this.#replicas.delete(replicaId);
    } else {
      this.#replicas.set(replicaId, { replicaId, state, drainingAt, traceparent: recorded.metadata.traceparent ?? null });
    }
    return replicaId;
  }

  /** Folds the whole log; returns the position it has come to. */
  async load(log: EventLogReader): Promise<number> {
    const head = await log.head();
    for await (const recorded of log.readAll({ filter: KnownReplicas.filter })) if (recorded.position <= head) this.take(recorded);
    return head;
  }
}
