import { eventIdOf } from './event-id.js';
import type { EventMetadata, NewEvent, RecordedEvent } from './event-log.js';

/** An input and what came of it, in one event, so that there is no moment between the two. */
export type PlannedStep = {
  /** Of the process's rules: those that made of the input what is recorded with it. */
  readonly logicVersion: number;
  /** An input, as its codec gives it. */
  readonly input: unknown;
  readonly takenAtMs: number;
  readonly timers: readonly PlannedTimer[];
  /** Effects, as their codec gives them. */
  readonly effects: readonly unknown[];
};

export type PlannedTimer = { readonly timerId: string; readonly dueAtMs: number; readonly input: unknown };

/** What a process's stream says. */
export type ProcessRecord =
  | ({ readonly type: 'ProcessInputTaken'; readonly sourcePosition: number } & PlannedStep)
  /** `armedBy` tells this timer from one that was armed later under the same id. */
  | ({ readonly type: 'ProcessTimerFired'; readonly timerId: string; readonly armedBy: string } & PlannedStep)
  | { readonly type: 'ProcessEffectPerformed'; readonly effectId: string };

export const PROCESS_RECORD_TYPES = ['ProcessInputTaken', 'ProcessTimerFired', 'ProcessEffectPerformed'] as const;

/** Planned steps name the version of the rules that made them since their second form; the first was of version 1. */
const RECORD_VERSIONS = { ProcessInputTaken: 2, ProcessTimerFired: 2, ProcessEffectPerformed: 1 } as const;
const LOGIC_VERSION_OF_FIRST_FORM = 1;

/** A record has the same id each time it is made from the same cause, so that it cannot be written twice. */
export function toEvent(streamId: string, record: ProcessRecord, metadata: EventMetadata): NewEvent {
  const { type, ...data } = record;
  return { id: eventIdOf(causeOf(record), streamId, 0), type, version: RECORD_VERSIONS[type], data, metadata };
}

export function toRecord(recorded: RecordedEvent): ProcessRecord {
  const [known] = PROCESS_RECORD_TYPES.filter((type) => type === recorded.type);
  if (known === undefined || recorded.version > RECORD_VERSIONS[known])
    throw new Error(`cannot read ${recorded.type} v${recorded.version} of ${recorded.streamId}: written by a newer release`);
  const older = recorded.version < RECORD_VERSIONS[known] ? { logicVersion: LOGIC_VERSION_OF_FIRST_FORM } : {};
  return { type: known, ...older, ...(recorded.data as object) } as ProcessRecord;
}

export const effectIdOf = (streamId: string, revision: number, index: number): string => `${streamId}/${revision}/${index}`;

/** What armed a timer: the record at this revision. */
export const armedByOf = (streamId: string, revision: number): string => `${streamId}/${revision}`;

function causeOf(record: ProcessRecord): string {
  switch (record.type) {
    case 'ProcessInputTaken':
      return `source/${record.sourcePosition}`;
    case 'ProcessTimerFired':
      return `timer/${record.armedBy}/${record.timerId}`;
    case 'ProcessEffectPerformed':
      return `performed/${record.effectId}`;
  }
}
