import { splitStream } from '@slipway/contracts';
import { toRecord, type EventLogReader, type ProcessRecord, type RecordedEvent } from '@slipway/event-log';
import type { AnyProcess } from '../folds/process-folds.js';
import { briefJson } from '../readable-text.js';
import { firstDifference } from './first-difference.js';

/** Characters of a value in a finding. */
const VALUE_CHARACTERS_MAX = 120;

export type VerifiedProcess = { readonly events: number; readonly decisions: number; readonly effects: number; readonly finding: string | null };

type PlannedStep = Extract<ProcessRecord, { readonly effects: unknown }>;
type ArmedTimer = { readonly armedBy: string; readonly input: unknown };

/**
 * Makes every decision of one process instance again: its inputs, in the order they were taken, through the pure process
 * of this release must plan the very effects and timers that were recorded. What is performed must have been planned, a
 * timer that fired must have been armed, and each fact taken must stand in the log before it.
 */
export async function verifyProcessStream(log: EventLogReader, process: AnyProcess, events: AsyncIterable<RecordedEvent>): Promise<VerifiedProcess> {
  const instance = new RemadeInstance(log, process);
  let count = 0;
  let finding: string | null = null;
  for await (const recorded of events) {
    const expectedRevision = count++;
    if (finding !== null) continue;
    const problem = recorded.revision === expectedRevision ? await instance.enter(recorded) : `revision ${expectedRevision} is missing`;
    if (problem !== null) finding = `${recorded.streamId} at revision ${recorded.revision} (position ${recorded.position}): ${problem}`;
  }
  return { events: count, decisions: instance.decisions, effects: instance.effects, finding };
}

class RemadeInstance {
  decisions = 0;
  effects = 0;
  readonly #log: EventLogReader;
  readonly #process: AnyProcess;
  #state: unknown;
  #sourcePosition = 0;
  readonly #outstanding = new Set<string>();
  readonly #timers = new Map<string, ArmedTimer>();

  constructor(log: EventLogReader, process: AnyProcess) {
    this.#log = log;
    this.#process = process;
    this.#state = process.initialState;
  }

  /** What is wrong with the record, or null. */
  async enter(recorded: RecordedEvent): Promise<string | null> {
    try {
      const record = toRecord(recorded);
      if (record.type === 'ProcessEffectPerformed')
        return this.#outstanding.delete(record.effectId) ? null : `effect ${record.effectId} was performed without having been planned`;
      const causeProblem = record.type === 'ProcessInputTaken' ? await this.#takeFact(record, recorded) : this.#fireTimer(record);
      return causeProblem ?? this.#decideAgain(record, recorded);
    } catch (error) {
      return (error as Error).message;
    }
  }

  async #takeFact({ sourcePosition, input }: Extract<ProcessRecord, { type: 'ProcessInputTaken' }>, recorded: RecordedEvent): Promise<string | null> {
    if (sourcePosition <= this.#sourcePosition) return `the fact at position ${sourcePosition} was taken after that at ${this.#sourcePosition}`;
    if (sourcePosition >= recorded.position) return `it took a fact from position ${sourcePosition}, which is later`;
    this.#sourcePosition = sourcePosition;
    const [fact] = await Array.fromAsync(this.#log.readAll({ after: sourcePosition - 1, limit: 1 }));
    const { from, event } = input as { readonly from?: unknown; readonly event?: { readonly type?: unknown } };
    const isThatFact = fact?.position === sourcePosition && fact.type === event?.type && splitStream(fact.streamId).category === from;
    return isThatFact ? null : `position ${sourcePosition} is not the ${String(event?.type)} it says it took from there`;
  }

  #fireTimer({ timerId, armedBy, input }: Extract<ProcessRecord, { type: 'ProcessTimerFired' }>): string | null {
    const armed = this.#timers.get(timerId);
    if (armed?.armedBy !== armedBy) return `timer ${timerId} fired without having been armed by ${armedBy}`;
    this.#timers.delete(timerId);
    const difference = firstDifference(input, armed.input);
    return difference === null ? null : `timer ${timerId} fired with another input than it was armed with (at ${difference.path || 'its whole'})`;
  }

  #decideAgain(record: PlannedStep, { streamId, revision }: RecordedEvent): string | null {
    this.decisions++;
    this.effects += record.effects.length + record.timers.length;
    this.#state = this.#process.evolve(this.#state, record.input);
    const remade = planned(this.#process.react(record.input, this.#state), record.takenAtMs);
    const difference = firstDifference({ effects: record.effects, timers: record.timers }, remade);
    if (difference !== null) {
      const [was, is] = [briefJson(difference.left, VALUE_CHARACTERS_MAX), briefJson(difference.right, VALUE_CHARACTERS_MAX)];
      return `decided again it comes out differently at ${difference.path}: recorded ${was}, now ${is}`;
    }
    record.effects.forEach((_effect, index) => this.#outstanding.add(`${streamId}/${revision}/${index}`));
    for (const { timerId, input } of record.timers) this.#timers.set(timerId, { armedBy: `${streamId}/${revision}`, input });
    return null;
  }
}

/** The effects as the runner records them: timers apart, with the time they fall due. */
function planned(effects: readonly { readonly type: string }[], takenAtMs: number) {
  const timers: unknown[] = [];
  const performed: unknown[] = [];
  for (const effect of effects) {
    if (!isTimer(effect)) performed.push(effect);
    else timers.push({ timerId: effect.timerId, dueAtMs: effect.type === 'wakeAt' ? effect.atMs : takenAtMs + effect.delayMs, input: effect.input });
  }
  return { effects: performed, timers };
}

type Timer = { readonly timerId: string; readonly input: unknown } & (
  | { readonly type: 'wakeAt'; readonly atMs: number }
  | { readonly type: 'wakeIn'; readonly delayMs: number }
);

const isTimer = (effect: { readonly type: string }): effect is Timer => effect.type === 'wakeIn' || effect.type === 'wakeAt';
