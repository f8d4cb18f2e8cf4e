import stringWidth from 'string-width';
import { revisionText } from '../addressing/find-revision.js';
import { agoText, spanText } from '../output/spans.js';
import { aligned, fieldList, oneLine } from '../output/text-table.js';
import type { Colours } from '../terminal.js';
import { endOf, type Replica, type Rollout, type RolloutProgress } from './rollout-progress.js';
import { stepSections } from './step-lines.js';
import { stepText } from './step-text.js';

export type View = { readonly nowMs: number; readonly columns: number; readonly colours: Colours };

const INTERVENTIONS_SHOWN = 5;
const BAR_CHARACTERS = 30;

/** Everything about a rollout at one time, as lines no wider than the screen. */
export function rolloutFrame(progress: RolloutProgress, view: View): string[] {
  const { rollout } = progress;
  if (rollout === null) return [`${progress.name}  ${progress.status}: no rollout yet`];
  const { bold } = view.colours;
  return [
    `${bold(progress.name)}  ${revisionText(rollout.previousRevision)} -> ${revisionText(rollout.targetRevision)}  ${statusText(rollout, view.colours)}`,
    ...lines(facts(progress, rollout, view)),
    ...section('traffic', trafficLines(progress, view.colours)),
    ...stepSections(rollout, view.colours).flatMap(({ title, lines }) => section(title, lines)),
    ...section('replicas', lines(replicaTable(progress.replicaManagement.replicas, view.nowMs))),
    ...section('judgement', judgementLines(rollout, view)),
    ...section('interventions', rollout.interventions.slice(-INTERVENTIONS_SHOWN).map(({ action, actor, reason, at }) => `${action} by ${actor}${reason === null ? '' : `: ${oneLine(reason)}`} (${agoText(at, view.nowMs)})`)),
  ].map((line) => cut(line, view.columns));
}

/** The same on one line, for logs; equal while nothing has changed. */
export function rolloutLine({ name, status, traffic, replicaManagement, rollout }: RolloutProgress): string {
  const { readyReplicaCount, desiredReplicaCount } = replicaManagement;
  const ready = `${readyReplicaCount}/${desiredReplicaCount} replicas ready`;
  if (rollout === null) return `${name} ${status} ${ready}, no rollout yet`;
  const parts = [
    `${name} ${rollout.status}`,
    stepUnderWay(rollout),
    traffic?.map(({ revision, weightPercent }) => `${revisionText(revision)} ${percentText(weightPercent)}`).join(' + ') ?? null,
    ready,
    rollout.judgement === null ? null : `judged ${rollout.judgement.verdict}: ${oneLine(rollout.judgement.reason)}`,
    rollout.reason === null ? null : oneLine(rollout.reason),
  ];
  return parts.filter((part) => part !== null && part !== '').join('; ');
}

function stepUnderWay(rollout: Rollout): string | null {
  const { steps, currentStep, turnedBackAtStep } = rollout;
  const step = steps[currentStep];
  if (endOf(rollout) !== null || step === undefined) return null;
  const place = `step ${currentStep + 1}/${steps.length}`;
  return turnedBackAtStep === null ? `${place}: ${stepText(step)}` : `${place} of the way back: ${stepText(step, 'back')}`;
}

function statusText(rollout: Rollout, { green, red, yellow, cyan }: Colours): string {
  if (rollout.status === 'PAUSED') return yellow(rollout.status);
  const end = endOf(rollout);
  if (end === 'well') return green(rollout.status);
  return end === 'otherwise' || rollout.status === 'ROLLING_BACK' ? red(rollout.status) : cyan(rollout.status);
}

function facts(progress: RolloutProgress, rollout: Rollout, { nowMs }: View): string {
  const untilMs = rollout.endedAt === null ? nowMs : Date.parse(rollout.endedAt);
  return fieldList([
    ['  id', rollout.id],
    ['  strategy', rollout.strategy],
    ['  took', spanText(untilMs - Date.parse(rollout.startedAt))],
    ['  promoted', rollout.promotedAt === null ? null : agoText(rollout.promotedAt, nowMs)],
    ['  reason', rollout.reason],
    ['  deployment', `${progress.status}${progress.statusReason === null ? '' : `: ${progress.statusReason}`}`],
  ]);
}

function trafficLines({ traffic }: RolloutProgress, { cyan, dim }: Colours): string[] {
  const shares = traffic ?? [];
  const bars = shares.map(({ revision, weightPercent }) => {
    const filled = Math.round((weightPercent / 100) * BAR_CHARACTERS);
    return [revisionText(revision), `${cyan('█'.repeat(filled))}${dim('░'.repeat(BAR_CHARACTERS - filled))}`, percentText(weightPercent)];
  });
  return lines(aligned(bars));
}

function replicaTable(replicas: readonly Replica[], nowMs: number): string {
  return aligned(replicas.map(({ name, status, revision, attempt, updatedAt }) => [oneLine(name), status, revisionText(revision), attempt > 1 ? `started ${attempt} times` : '', agoText(updatedAt, nowMs)]));
}

function judgementLines({ judgement }: Rollout, { nowMs, colours }: View): string[] {
  if (judgement === null) return [];
  const { verdict, next, reason, canaryRequests, stableRequests, measuredTo, conditions } = judgement;
  const table = conditions.map(({ condition, verdict: found, value, lower, upper, threshold }) => [
    verdictText(found, colours),
    condition,
    `${numberText(value)} (${numberText(lower)} to ${numberText(upper)})`,
    `against ${numberText(threshold)}`,
  ]);
  return [
    `${verdictText(verdict, colours)}, ${next.toLowerCase()}: ${oneLine(reason)}`,
    `from ${canaryRequests} requests of the new revision and ${stableRequests} of the previous one, up to ${agoText(measuredTo, nowMs)}`,
    ...lines(aligned(table)),
  ];
}

function verdictText(verdict: string, { green, red, yellow }: Colours): string {
  if (verdict === 'PASS') return green(verdict);
  return verdict === 'FAIL' ? red(verdict) : yellow(verdict);
}

/** Unknown is unknown, never 0. */
const numberText = (value: number | null): string => (value === null ? '?' : String(Math.round(value * 100) / 100));
const percentText = (percent: number): string => `${Math.round(percent * 10) / 10} %`;
const lines = (text: string): string[] => (text === '' ? [] : text.split('\n'));
const section = (title: string, content: readonly string[]): string[] => (content.length === 0 ? [] : ['', title, ...content.map((line) => `  ${line}`)]);

/** A line that wrapped would take two rows, and the frame could not be drawn over. */
function cut(line: string, columns: number): string {
  if (stringWidth(line) <= columns) return line;
  let shown = '';
  let width = 0;
  for (const part of line.match(/\u001b\[\d{1,2}m|[\s\S]/gu) ?? []) {
    const partWidth = part.startsWith('\u001b') ? 0 : stringWidth(part);
    if (width + partWidth > columns - 1) continue;
    shown += part;
    width += partWidth;
    if (width === columns - 1) width = columns; // what follows is styles alone
  }
  return `${shown}…`;
}
