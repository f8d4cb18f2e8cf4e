import type { EventEmitter } from 'node:events';
import type { GraphLease } from '../graph/graph-generations.js';

type Operation = { readonly left: AbortController; readonly ofSocket: Set<object>; lease: GraphLease | null };

/**
 * What runs on all WebSockets, each operation known by its payload: it gives the graph back when it ends, and ends when its
 * socket closes. A socket is listened to once, not once for each operation it ever carried.
 */
export class RunningOperations {
  readonly #operations = new Map<object, Operation>();
  readonly #ofSockets = new WeakMap<EventEmitter, Set<object>>();

  get count(): number {
    return this.#operations.size;
  }

  /** The signal is aborted when the socket closes before the operation has ended. */
  begin(payload: object, socket: EventEmitter): AbortSignal {
    const ofSocket = this.#ofSockets.get(socket) ?? this.#listenTo(socket);
    const operation = { left: new AbortController(), ofSocket, lease: null };
    ofSocket.add(payload);
    this.#operations.set(payload, operation);
    return operation.left.signal;
  }

  /** Gives the lease back when the operation ends; at once when it has. */
  hold(payload: object, lease: GraphLease): void {
    const operation = this.#operations.get(payload);
    if (operation === undefined) lease.leave();
    else operation.lease = lease;
  }

  end(payload: object): void {
    const operation = this.#operations.get(payload);
    this.#operations.delete(payload);
    operation?.ofSocket.delete(payload);
    operation?.lease?.leave();
  }

  #listenTo(socket: EventEmitter): Set<object> {
    const ofSocket = new Set<object>();
    this.#ofSockets.set(socket, ofSocket);
    socket.once('close', () => {
      for (const payload of [...ofSocket]) {
        this.#operations.get(payload)?.left.abort();
        this.end(payload);
      }
    });
    return ofSocket;
  }
}
