import type { Machine } from '../measuring/machine.js';
import { spreadOf, type Spread } from '../measuring/statistics.js';
import type { Figure, PartReport, Skipped } from './figure.js';
import { GOALS, judge, type Verdict } from './goals.js';
import { readableNumber, textTable } from './text-table.js';

/** What a run writes as JSON. */
export type BenchReport = {
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly rounds: number;
  readonly secondsPerMeasurement: number;
  readonly machine: Machine;
  readonly figures: readonly (Figure & Spread)[];
  /** Only of the parts that ran. */
  readonly goals: readonly Verdict[];
  readonly skipped: readonly Skipped[];
};

export type RunFacts = Pick<BenchReport, 'startedAt' | 'durationSeconds' | 'rounds' | 'secondsPerMeasurement' | 'machine'>;

export function benchReport(facts: RunFacts, parts: readonly PartReport[]): BenchReport {
  const figures = parts.flatMap(({ figures: of }) => of).filter(({ values }) => values.length > 0);
  const measured = new Set(figures.map(({ part }) => part));
  const goals = GOALS.filter(({ figureId }) => [...measured].some((part) => figureId.startsWith(`${part}.`)));
  return {
    ...facts,
    figures: figures.map((figure) => ({ ...figure, ...spreadOf(figure.values) })),
    goals: judge(goals, figures),
    skipped: parts.flatMap(({ skipped }) => skipped),
  };
}

const FIGURE_COLUMNS = [
  { title: 'figure', align: 'left' },
  { title: 'median', align: 'right' },
  { title: 'min', align: 'right' },
  { title: 'max', align: 'right' },
  { title: 'unit', align: 'left' },
  { title: 'n', align: 'right' },
] as const;

const GOAL_COLUMNS = [
  { title: 'goal', align: 'left' },
  { title: 'wanted', align: 'right' },
  { title: 'median', align: 'right' },
  { title: '', align: 'left' },
] as const;

export function readableReport({ figures, goals, skipped, machine, rounds, secondsPerMeasurement }: BenchReport): string {
  const figureRows = figures.map(({ what, median, min, max, unit, count }) => [what, ...[median, min, max].map(readableNumber), unit, String(count)]);
  const goalRows = goals.map(({ what, bound, value, unit, measured, verdict }) => [
    what,
    `${bound} ${value} ${unit}`,
    measured === null ? '-' : `${readableNumber(measured)} ${unit}`,
    verdict,
  ]);
  const { processor, cores, system, node, loadAtStart, loadAtEnd } = machine;
  return [
    textTable(FIGURE_COLUMNS, figureRows),
    ...(goalRows.length === 0 ? [] : ['', textTable(GOAL_COLUMNS, goalRows)]),
    ...(skipped.length === 0 ? [] : ['', ...skipped.map(({ what, why }) => `Skipped: ${what}: ${why}`)]),
    '',
    `${processor}, ${cores} cores, ${system}, Node ${node}; load ${loadAtStart.toFixed(1)} before, ${loadAtEnd.toFixed(1)} after.`,
    `${rounds} interleaved rounds of ${secondsPerMeasurement} s; ratios and differences are taken within each round, then the median of the rounds.`,
  ].join('\n');
}
