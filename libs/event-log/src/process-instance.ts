import { afterStep } from '@slipway/domain';
import type { SnapshotCodec } from './aggregate.js';
import type { EventLog, EventMetadata, NewEvent, RecordedEvent } from './event-log.js';
import { processStreamId, type PerformedEffect, type ProcessDefinition, type TimerEffect } from './process-definition.js';
import { EMPTY_LEDGER, enter, type ProcessLedger } from './process-ledger.js';
import { toEvent, toRecord, type PlannedStep, type ProcessRecord } from './process-records.js';
import { SNAPSHOT_EVERY_EVENTS, type Snapshots } from './snapshots.js';
import { Turns } from './turns.js';

/** Another writer got there first so many times in a row: two runners of one process must not run at once. */
export const INSTANCE_ATTEMPTS_MAX = 5;

type Loaded<State> = { readonly state: State; readonly ledger: ProcessLedger; readonly revision: number };

/** One instance of a process: its state and ledger as its stream has them, and the only way to add to that stream. */
export class ProcessInstance<State, Input, Effect extends { readonly type: string }> {
  readonly key: string;
  readonly streamId: string;
  readonly #definition: ProcessDefinition<State, Input, Effect>;
  readonly #log: EventLog;
  readonly #snapshots: Snapshots | undefined;
  readonly #turns = new Turns();
  #loaded: Loaded<State> | null = null;

  constructor(key: string, definition: ProcessDefinition<State, Input, Effect>, log: EventLog, snapshots: Snapshots | undefined) {
    this.key = key;
    this.streamId = processStreamId(definition.name, key);
    this.#definition = definition;
    this.#log = log;
    this.#snapshots = snapshots;
  }

  /** Null until something was added or `load` was called. */
  get ledger(): ProcessLedger | null {
    return this.#loaded?.ledger ?? null;
  }

  load(): Promise<ProcessLedger> {
    return this.#turns.take(async () => (await this.#load()).ledger);
  }

  /** Records a fact and what the process makes of it, once: a position not after the last one taken changes nothing. */
  takeFact(input: Input, fact: RecordedEvent, nowMs: number): Promise<number | null> {
    const { correlationId, traceparent } = fact.metadata;
    return this.#add({ correlationId, traceparent, causationId: fact.id }, ({ state, ledger }) => {
      if (fact.position <= ledger.sourcePosition) return null;
      return { type: 'ProcessInputTaken', sourcePosition: fact.position, ...this.#plan(input, state, nowMs) };
    });
  }

  /** Records that a timer fired and what the process makes of it, unless it was armed anew or has fired already. */
  fireTimer(timerId: string, armedBy: string, nowMs: number): Promise<number | null> {
    return this.#add({ causationId: armedBy }, ({ state, ledger }) => {
      const timer = ledger.timers.find((armed) => armed.timerId === timerId && armed.armedBy === armedBy);
      if (timer === undefined) return null;
      return { type: 'ProcessTimerFired', timerId, armedBy, ...this.#plan(this.#inputFromJson(timer.input), state, nowMs) };
    });
  }

  recordPerformed(effectId: string, metadata: EventMetadata): Promise<number | null> {
    return this.#add({ ...metadata, causationId: effectId }, ({ ledger }) => {
      return ledger.outstanding.some((effect) => effect.effectId === effectId) ? { type: 'ProcessEffectPerformed', effectId } : null;
    });
  }

  effectFromJson(json: unknown): PerformedEffect<Effect> {
    return this.#definition.effectCodec?.fromJson(json) ?? (json as PerformedEffect<Effect>);
  }

  /** The position written, or null when there was nothing to write. After any error the stream is read again. */
  #add(metadata: EventMetadata, next: (loaded: Loaded<State>) => ProcessRecord | null): Promise<number | null> {
    return this.#turns.take(async () => {
      for (let attempt = 1; attempt <= INSTANCE_ATTEMPTS_MAX; attempt++) {
        const loaded = await this.#load();
        const record = next(loaded);
        if (record === null) return null;
        const event = toEvent(this.streamId, record, { ...metadata, actor: `process/${this.#definition.name}` });
        this.#loaded = null; // until the outcome is known
        const outcome = await this.#log.append(this.streamId, [event], loaded.revision);
        if ('tooLarge' in outcome) throw new Error(`${record.type} of ${this.streamId} takes ${outcome.tooLarge.sizeBytes} bytes`);
        if ('conflict' in outcome) continue;
        this.#loaded = this.#fold(loaded, record, event);
        await this.#saveSnapshot(this.#loaded, event.id);
        return outcome.appended.position;
      }
      throw new Error(`${this.streamId} changed under ${INSTANCE_ATTEMPTS_MAX} attempts in a row: is the process run twice?`);
    });
  }

  async #load(): Promise<Loaded<State>> {
    if (this.#loaded !== null) return this.#loaded;
    let loaded = await this.#fromSnapshot();
    const read = await this.#log.readStream(this.streamId, { fromRevision: loaded.revision + 1 });
    if ('found' in read) for await (const page of read.found.pages()) for (const event of page) loaded = this.#fold(loaded, toRecord(event), event);
    return (this.#loaded = loaded);
  }

  #fold({ state, ledger, revision }: Loaded<State>, record: ProcessRecord, event: NewEvent): Loaded<State> {
    const { actor, correlationId, traceparent } = event.metadata;
    const next = revision + 1;
    return {
      state: 'input' in record ? this.#afterStep(state, record) : state,
      ledger: enter(ledger, this.streamId, next, record, { actor, correlationId, traceparent, causationId: event.id }),
      revision: next,
    };
  }

  /** By what was recorded, whichever version of the rules decided it. */
  #afterStep(state: State, { input, effects }: PlannedStep): State {
    const recorded = effects.map((effect) => this.effectFromJson(effect) as Effect);
    return afterStep(this.#definition.process, state, this.#inputFromJson(input), recorded);
  }

  #plan(input: Input, state: State, nowMs: number): PlannedStep {
    const { process, inputCodec, effectCodec } = this.#definition;
    const inputToJson = (value: Input): unknown => (inputCodec === undefined ? value : inputCodec.toJson(value));
    // Decide on what will be read back, and claim it, not what JSON would leave out: a replay must come to the same.
    const inputJson: unknown = JSON.parse(JSON.stringify(inputToJson(input)));
    const stored = this.#inputFromJson(inputJson);
    const timers: PlannedStep['timers'][number][] = [];
    const effects: unknown[] = [];
    for (const effect of process.react(stored, process.evolve(state, stored)))
      if (isTimer<Input>(effect)) {
        const dueAtMs = effect.type === 'wakeAt' ? effect.atMs : nowMs + effect.delayMs;
        timers.push({ timerId: effect.timerId, dueAtMs, input: inputToJson(effect.input) });
      } else effects.push(effectCodec === undefined ? effect : effectCodec.toJson(effect as PerformedEffect<Effect>));
    const planned = JSON.parse(JSON.stringify({ timers, effects })) as Pick<PlannedStep, 'timers' | 'effects'>;
    return { logicVersion: process.version, input: inputJson, takenAtMs: nowMs, ...planned };
  }

  #inputFromJson(json: unknown): Input {
    return this.#definition.inputCodec === undefined ? (json as Input) : this.#definition.inputCodec.fromJson(json);
  }

  async #fromSnapshot(): Promise<Loaded<State>> {
    const { process, snapshot: codec } = this.#definition;
    const nothing = { state: process.initialState, ledger: EMPTY_LEDGER, revision: -1 };
    const snapshot = codec === undefined ? null : await this.#snapshots?.load(this.streamId, this.#snapshotVersion(codec));
    if (codec === undefined || snapshot === null || snapshot === undefined) return nothing;
    const read = await this.#log.readStream(this.streamId, { fromRevision: snapshot.revision, limit: 1 });
    const [last] = 'found' in read ? await Array.fromAsync(read.found) : [];
    if (last?.id !== snapshot.eventId) return nothing;
    const { state, ledger } = snapshot.state as { readonly state: unknown; readonly ledger: ProcessLedger };
    return { state: codec.fromJson(state), ledger, revision: snapshot.revision };
  }

  /** A state kept under other rules is left alone: `evolve` may have changed with them. */
  #snapshotVersion(codec: SnapshotCodec<State>): string {
    return `${codec.version}/rules-${this.#definition.process.version}`;
  }

  async #saveSnapshot({ state, ledger, revision }: Loaded<State>, eventId: string): Promise<void> {
    const { snapshot: codec } = this.#definition;
    if (codec === undefined || (revision + 1) % SNAPSHOT_EVERY_EVENTS !== 0) return;
    const snapshot = { streamId: this.streamId, version: this.#snapshotVersion(codec), revision, eventId, state: { state: codec.toJson(state), ledger } };
    await this.#snapshots?.save(snapshot).catch(() => undefined); // it only spares reading; the next one comes
  }
}

function isTimer<Input>(effect: { readonly type: string }): effect is TimerEffect<Input> {
  return effect.type === 'wakeIn' || effect.type === 'wakeAt';
}
