import type { EventMetadata } from './event-log.js';
import { armedByOf, effectIdOf, type ProcessRecord } from './process-records.js';

export type OutstandingEffect = { readonly effectId: string; readonly effect: unknown; readonly metadata: EventMetadata };
export type ArmedTimer = { readonly timerId: string; readonly dueAtMs: number; readonly input: unknown; readonly armedBy: string };

/** What an instance still owes: effects to perform, in order, and timers to fire. A JSON value. */
export type ProcessLedger = {
  /** The last fact taken; 0 when there was none. */
  readonly sourcePosition: number;
  readonly outstanding: readonly OutstandingEffect[];
  readonly timers: readonly ArmedTimer[];
};

export const EMPTY_LEDGER: ProcessLedger = { sourcePosition: 0, outstanding: [], timers: [] };

export const isIdle = (ledger: ProcessLedger): boolean => ledger.outstanding.length === 0 && ledger.timers.length === 0;

/** The ledger after a record. `metadata` is what the effects planned by it are performed with. */
export function enter(ledger: ProcessLedger, streamId: string, revision: number, record: ProcessRecord, metadata: EventMetadata): ProcessLedger {
  switch (record.type) {
    case 'ProcessEffectPerformed':
      return { ...ledger, outstanding: ledger.outstanding.filter(({ effectId }) => effectId !== record.effectId) };
    case 'ProcessInputTaken':
      return { ...plan(ledger, streamId, revision, record, metadata), sourcePosition: record.sourcePosition };
    case 'ProcessTimerFired': {
      const timers = ledger.timers.filter(({ timerId, armedBy }) => timerId !== record.timerId || armedBy !== record.armedBy);
      return plan({ ...ledger, timers }, streamId, revision, record, metadata);
    }
  }
}

function plan(
  ledger: ProcessLedger,
  streamId: string,
  revision: number,
  step: Extract<ProcessRecord, { readonly effects: unknown }>,
  metadata: EventMetadata,
): ProcessLedger {
  const effects = step.effects.map((effect, index) => ({ effectId: effectIdOf(streamId, revision, index), effect, metadata }));
  let { timers } = ledger;
  for (const timer of step.timers)
    timers = [...timers.filter(({ timerId }) => timerId !== timer.timerId), { ...timer, armedBy: armedByOf(streamId, revision) }];
  return { ...ledger, outstanding: [...ledger.outstanding, ...effects], timers };
}
