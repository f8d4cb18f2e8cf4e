import { benchReport, readableReport } from './bench-report.js';
import type { Figure } from './figure.js';

const machine = { processor: 'P', cores: 2, memoryBytes: 1, system: 'S', node: 'v24', loadAtStart: 0.1, loadAtEnd: 2 };
const facts = { startedAt: '2026-01-01T00:00:00.000Z', durationSeconds: 1, rounds: 3, secondsPerMeasurement: 2, machine };
const figure = (id: string, values: number[]): Figure => ({ id, part: 'log', what: id, unit: '×', values });

describe('benchReport', () => {
  it('judges the goals of the parts that ran, and no others', () => {
    const report = benchReport(facts, [{ figures: [figure('log.replay.x-rows', [0.2, 0.5, 0.4])], skipped: [] }]);
    expect(report.goals.map(({ figureId, verdict }) => [figureId, verdict])).toEqual([
      ['log.append-256.x-single', 'not measured'],
      ['log.replay.x-rows', 'reached'],
    ]);
    expect(report.figures[0]).toMatchObject({ median: 0.4, min: 0.2, max: 0.5, count: 3, values: [0.2, 0.5, 0.4] });
  });

  it('leaves out figures without values and says what was skipped and why', () => {
    const report = benchReport(facts, [{ figures: [figure('log.empty', [])], skipped: [{ what: 'nginx', why: 'not installed' }] }]);
    expect(report.figures).toEqual([]);
    expect(readableReport(report)).toContain('Skipped: nginx: not installed');
  });
});
