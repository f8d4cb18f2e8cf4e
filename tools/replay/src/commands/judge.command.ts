import type { AnalysisPolicy, Judgement } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';
import { EXIT_CODES, type ExitCode } from '../exit-codes.js';
import { readKnownStream } from '../folds/fold-stream.js';
import type { OtherRules } from '../judge/other-rules.js';
import { rejudgeRollout, type AnalysisOutcome, type RejudgedMeasurement, type RejudgedStep, type StepEnd } from '../judge/rejudge-rollout.js';
import { counted, harmless, prettyJson, readableCount, readableTime, textTable } from '../readable-text.js';
import type { Terminal } from '../terminal.js';

/** Measurements of one step in one answer, unless --limit says otherwise; the first ones, all are judged. */
export const MEASUREMENTS_SHOWN_DEFAULT = 500;
export const MEASUREMENTS_SHOWN_MAX = 100_000;

export type JudgeOptions = { readonly rules: OtherRules; readonly limit: number; readonly json: boolean };

/**
 * Judges a past rollout again, by its own rules or by others, from what was measured then: what would have been decided,
 * and when. Exits with `differenceFound` when any analysis would have come to another end. Throws ReplayError.
 */
export async function judgeRollout(log: EventLogReader, rolloutId: string, { rules, limit, json }: JudgeOptions, terminal: Terminal): Promise<ExitCode> {
  const streamId = rolloutId.startsWith('rollout-') ? rolloutId : `rollout-${rolloutId}`;
  const steps = await rejudgeRollout(await readKnownStream(log, streamId), rules);
  const differs = steps.some((step) => step.differs);
  if (json) terminal.answer(prettyJson({ stream: streamId, differs, steps: steps.map((step) => stepJson(step, limit)) }));
  else print(streamId, steps, differs, limit, terminal);
  return differs ? EXIT_CODES.differenceFound : EXIT_CODES.sound;
}

function stepJson(step: RejudgedStep, limit: number): unknown {
  return { ...step, measurements: step.measurements.slice(0, limit), measurementCount: step.measurements.length };
}

function print(streamId: string, steps: readonly RejudgedStep[], differs: boolean, limit: number, terminal: Terminal): void {
  if (steps.length === 0) return terminal.note(`${streamId} analysed nothing, so there is nothing to judge`);
  for (const [index, step] of steps.entries()) {
    if (index > 0) terminal.answer('');
    printStep(step, limit, terminal);
  }
  terminal.answer(`\n${differs ? 'It would have gone otherwise.' : 'It would have gone the same way.'}`);
}

function printStep(step: RejudgedStep, limit: number, terminal: Terminal): void {
  const { measurements, recordedPolicy, policy, recordedOutcome, outcome, differs } = step;
  const shown = measurements.slice(0, limit);
  terminal.answer(`step ${step.step + 1} of ${step.stepCount}, ${endText(step.end)}${changesText(recordedPolicy, policy)}`);
  if (measurements.length === 0) return terminal.answer('nothing was measured');
  terminal.answer(textTable(HEADER, shown.map(rowOf), RIGHT));
  if (shown.length < measurements.length)
    terminal.note(`cut after ${counted(limit, 'measurement')} of ${readableCount(measurements.length)}: raise --limit (at most ${MEASUREMENTS_SHOWN_MAX}); all of them are judged`);
  terminal.answer(`recorded: ${outcomeText(recordedOutcome)}`);
  terminal.answer(`now:      ${outcomeText(outcome)}${differs ? '' : ' (the same)'}`);
}

const HEADER = ['measured until', 'after', 'requests', 'failed', 'stable', 'stable failed', 'recorded', 'now', ''];
const RIGHT = ['after', 'requests', 'failed', 'stable', 'stable failed'];

function rowOf({ toMs, elapsedMs, canary, stable, recorded, rejudged }: RejudgedMeasurement): readonly string[] {
  const counts = [canary.requests, canary.failures, stable.requests, stable.failures].map(readableCount);
  const [was, is] = [judgementText(recorded), judgementText(rejudged)];
  return [readableTime(toMs), seconds(elapsedMs), ...counts, was, is, was === is ? '' : '≠'];
}

const judgementText = ({ verdict, next }: Judgement): string => `${verdict}, ${next}`;

const seconds = (ms: number): string => `${Number((ms / 1_000).toFixed(1))} s`;

function outcomeText(outcome: AnalysisOutcome): string {
  return outcome === null ? 'nothing' : `${OUTCOMES[outcome.next]} after ${seconds(outcome.elapsedMs)}. ${harmless(outcome.reason)}`;
}

const OUTCOMES: Readonly<Record<Judgement['next'], string>> = {
  continue: 'goes on',
  abort: 'turns back',
  hold: 'waits for a person',
  watch: 'is still watching',
};

const ENDS: Readonly<Record<NonNullable<StepEnd>, string>> = {
  completed: 'which was completed',
  skipped: 'which was skipped by hand',
  fastForwarded: 'which was passed by hand with all that followed',
  aborted: 'which was turned back',
  superseded: 'which a newer activation ended',
};

const endText = (end: StepEnd): string => (end === null ? 'which is under way' : ENDS[end]);

/** `; successThresholdPercent 95 → 99`. */
function changesText(recorded: AnalysisPolicy, now: AnalysisPolicy): string {
  const names = (Object.keys(now) as (keyof AnalysisPolicy)[]).filter((name) => recorded[name] !== now[name]);
  const changes = names.map((name) => `${name} ${recorded[name] ?? 'none'} → ${now[name] ?? 'none'}`);
  return changes.length === 0 ? ', by the rules it had' : `, with ${changes.join(', ')}`;
}
