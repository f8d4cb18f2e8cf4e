import type { EventLogReader } from './event-log.js';
import { processStreamId } from './process-definition.js';
import { EMPTY_LEDGER, enter, isIdle, type ProcessLedger } from './process-ledger.js';
import { PROCESS_RECORD_TYPES, toRecord } from './process-records.js';
import type { Snapshots } from './snapshots.js';

/** Raise it when the shape of the ledger changes. */
const INDEX_VERSION = 'process-index-1';

/** What all instances of a process together have taken and still owe, at a position of the log. */
export type ProcessIndex = {
  readonly position: number;
  /** Facts up to here were taken or concerned no instance. */
  readonly sourcePosition: number;
  /** The instances with effects or timers outstanding, by key. */
  readonly owing: ReadonlyMap<string, ProcessLedger>;
};

/**
 * Reads the process's streams as one category, from the last index kept, if there is one. Idle instances are forgotten
 * on the way, so that memory follows what is owed and not what ever was.
 */
export async function readProcessIndex(
  log: EventLogReader,
  name: string,
  snapshots: Snapshots | undefined,
  onRead?: (records: number) => void,
): Promise<ProcessIndex> {
  const kept = await loadIndex(log, name, snapshots);
  const prefix = processStreamId(name, '');
  const actor = `process/${name}`;
  const owing = new Map(kept.owing);
  let { position, sourcePosition } = kept;
  const filter = { streamPrefixes: [prefix], types: PROCESS_RECORD_TYPES };
  for await (const page of log.readAll({ after: position, filter }).pages()) {
    onRead?.(page.length);
    for (const event of page) {
      position = event.position;
      if (event.metadata.actor !== actor) continue; // of a process whose name begins with ours
      const key = event.streamId.slice(prefix.length);
      const { correlationId, traceparent } = event.metadata;
      const metadata = { actor, correlationId, traceparent, causationId: event.id };
      const ledger = enter(owing.get(key) ?? EMPTY_LEDGER, event.streamId, event.revision, toRecord(event), metadata);
      sourcePosition = Math.max(sourcePosition, ledger.sourcePosition);
      if (isIdle(ledger)) owing.delete(key);
      else owing.set(key, ledger);
    }
  }
  return { position, sourcePosition, owing };
}

/** Failing to keep it costs only a longer start. */
export async function keepProcessIndex(log: EventLogReader, name: string, snapshots: Snapshots, index: ProcessIndex): Promise<void> {
  const eventId = await eventIdAt(log, index.position);
  if (eventId === null) return;
  const state = { sourcePosition: index.sourcePosition, owing: [...index.owing] };
  await snapshots.save({ streamId: indexId(name), version: INDEX_VERSION, revision: index.position, eventId, state });
}

const indexId = (name: string): string => `process-index/${name}`;

async function loadIndex(log: EventLogReader, name: string, snapshots: Snapshots | undefined): Promise<ProcessIndex> {
  const nothing = { position: 0, sourcePosition: 0, owing: new Map<string, ProcessLedger>() };
  const snapshot = (await snapshots?.load(indexId(name), INDEX_VERSION)) ?? null;
  if (snapshot === null || (await eventIdAt(log, snapshot.revision)) !== snapshot.eventId) return nothing;
  const state = snapshot.state as { readonly sourcePosition: number; readonly owing: readonly [string, ProcessLedger][] };
  return { position: snapshot.revision, sourcePosition: state.sourcePosition, owing: new Map(state.owing) };
}

/** By which an index of another log's history is told apart. */
async function eventIdAt(log: EventLogReader, position: number): Promise<string | null> {
  if (position === 0) return null;
  const [event] = await Array.fromAsync(log.readAll({ after: position - 1, limit: 1 }));
  return event?.position === position ? event.id : null;
}
