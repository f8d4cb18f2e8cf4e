import { splitStream } from '@slipway/contracts';
import { afterStep } from '@slipway/domain';
import { toRecord, type EventLogReader, type ProcessRecord, type RecordedEvent } from '@slipway/event-log';
import type { AnyProcess } from '../folds/process-folds.js';
import { briefJson } from '../readable-text.js';
import { firstDifference } from './first-difference.js';

/** Characters of a value in a finding. */
const VALUE_CHARACTERS_MAX = 120;

export type VerifiedProcess = {
  readonly events: number;
  /** Made again, with so many effects and timers. */
  readonly decisions: number;
  readonly effects: number;
  /** Steps made by other rules than this release's: folded, but not made again. */
  readonly byOlderRules: number;
  readonly byNewerRules: number;
  readonly finding: string | null;
};

type PlannedStep = Extract<ProcessRecord, { readonly effects: unknown }>;
type ArmedTimer = { readonly armedBy: string; readonly input: unknown };

/**
 * Makes every decision of one process instance again: its inputs, in the order they were taken, through the pure process
 * of this release must plan the very effects and timers that were recorded. Steps made by another version of its rules are
 * folded with the effects they recorded, since today's rules may rightly decide otherwise. What is performed must have been
 * planned, a timer that fired must have been armed, and each fact taken must stand in the log before it.
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
  const { decisions, effects, byOlderRules, byNewerRules } = instance;
  return { events: count, decisions, effects, byOlderRules, byNewerRules, finding };
}

class RemadeInstance {
  decisions = 0;
  effects = 0;
  byOlderRules = 0;
  byNewerRules = 0;
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
      if (causeProblem !== null) return causeProblem;
      const problem = this.#decideAgain(record);
      if (problem === null) this.#takeUp(record, recorded);
      return problem;
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

  #decideAgain({ logicVersion, input, takenAtMs, effects, timers }: PlannedStep): string | null {
    const { version } = this.#process;
    if (logicVersion < version) this.byOlderRules++;
    if (logicVersion > version) this.byNewerRules++;
    if (logicVersion !== version) return null;
    this.decisions++;
    this.effects += effects.length + timers.length;
    const remade = planned(this.#process.react(input, this.#process.evolve(this.#state, input)), takenAtMs);
    const difference = firstDifference({ effects, timers }, remade);
    if (difference === null) return null;
    const [was, is] = [briefJson(difference.left, VALUE_CHARACTERS_MAX), briefJson(difference.right, VALUE_CHARACTERS_MAX)];
    return `decided again it comes out differently at ${difference.path}: recorded ${was}, now ${is}`;
  }

  /** From here on the step counts as it was recorded. */
  #takeUp({ input, effects, timers }: PlannedStep, { streamId, revision }: RecordedEvent): void {
    this.#state = afterStep(this.#process, this.#state, input, effects as readonly { readonly type: string }[]);
    effects.forEach((_effect, index) => this.#outstanding.add(`${streamId}/${revision}/${index}`));
    for (const { timerId, input: due } of timers) this.#timers.set(timerId, { armedBy: `${streamId}/${revision}`, input: due });
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
