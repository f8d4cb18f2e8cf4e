import type { RoundSamples } from '../measuring/round-samples.js';
import type { Figure } from '../report/figure.js';
import { SERVICES } from './services.bench.js';

const STARTS = [
  { series: 'empty', when: 'empty log' },
  { series: 'first-full', when: 'full log, rows not yet built' },
  { series: 'second-full', when: 'full log, rows built' },
] as const;

export function clusterFigures(samples: RoundSamples): readonly Figure[] {
  const figure = (id: string, what: string, unit: string, values = samples.of(id)): Figure => ({ id: `cluster.${id}`, part: 'cluster', what: `cluster: ${what}`, unit, values });
  const times = (id: string, over: string, what: string): Figure => figure(`${id}.x-${over.split('.').at(-1)}`, what, '×', samples.ratio(id, over));
  return [
    figure('events', 'events in the log', 'events'),
    figure('write', 'written by 256 callers', 'events/s'),
    figure('write.events-per-transaction', 'events in a transaction', 'events'),
    figure('write.raw-grouped', 'plain pg, as many rows a transaction', 'rows/s'),
    figure('write.raw-single', 'plain pg, 1 row a transaction, 32 connections', 'rows/s'),
    times('write', 'write.raw-grouped', 'written / plain pg, as many rows a transaction'),
    times('write', 'write.raw-single', 'written / plain pg, 1 row a transaction'),
    figure('relay', 'relayed', 'facts/s'),
    figure('relay.raw', 'plain JetStream, 256 in flight', 'messages/s'),
    times('relay', 'relay.raw', 'relayed / plain JetStream'),
    figure('stream.bytes-per-fact', 'stored by JetStream', 'bytes/fact'),
    figure('consume', 'facts read from the bus', 'facts/s'),
    figure('consume.raw', 'plain JetStream, read and acknowledged', 'messages/s'),
    times('consume', 'consume.raw', 'facts read / plain JetStream'),
    ...projectionFigures(samples, figure),
    figure('live.write', 'written while relayed and projected', 'events/s'),
    figure('live', 'written, relayed and projected', 'events/s'),
    figure('live.relay.after', 'last fact relayed after it was written', 's'),
    figure('live.rows.after', 'rows complete after the last event was written', 's'),
    figure('live.gaps', 'gaps in what was heard from the bus', 'gaps'),
    figure('takeover.without-index', 'process taken over, no index kept', 's'),
    figure('takeover.with-index', 'process taken over, index kept', 's'),
    figure('taking', 'facts taken by a process, one after the other', 'facts/s'),
    figure('taking.single-appends', 'appends of one caller', 'events/s'),
    times('taking', 'taking.single-appends', 'facts taken / appends of one caller'),
    figure('verify', 'verified', 'events/s'),
    figure('services.wrote', 'written by the services on their own', 'events'),
    ...STARTS.flatMap(({ series, when }) => [
      figure(`services.${series}.ready`, `services ready, ${when}`, 's'),
      ...SERVICES.map((service) => figure(`services.${series}.${service}.ready`, `${service} ready, ${when}`, 's')),
      ...SERVICES.flatMap((service) =>
        (['rss', 'pss', 'peak'] as const).map((kind) => figure(`services.${series}.${service}.${kind}`, `${service}, ${kind === 'peak' ? 'most RSS ever' : kind.toUpperCase()}, ${when}`, 'MB')),
      ),
    ]),
  ];
}

type MakeFigure = (id: string, what: string, unit: string, values?: readonly number[]) => Figure;

function projectionFigures(samples: RoundSamples, figure: MakeFigure): readonly Figure[] {
  const raw = samples.of('project.raw');
  // Each build lies between two plain runs, and is compared with their mean.
  const beside = (first: number): number => ((raw[first] ?? Number.NaN) + (raw[first + 1] ?? Number.NaN)) / 2;
  const over = (id: string, first: number): readonly number[] => samples.of(`${id}.upserts`).map((rate) => rate / beside(first));
  return [
    figure('project.upserts', 'rows written by one build', 'rows'),
    figure('project.first', 'log projected into Postgres', 'events/s'),
    figure('project.first.upserts', 'log projected into Postgres', 'rows/s'),
    figure('project.again', 'projected again beside, and switched', 'events/s'),
    figure('project.again.upserts', 'projected again beside, and switched', 'rows/s'),
    figure('project.raw', 'plain pg upserts of the same rows', 'rows/s'),
    figure('project.first.x-raw', 'projected / plain upserts', '×', over('project.first', 0)),
    figure('project.again.x-raw', 'projected again / plain upserts', '×', over('project.again', 1)),
    figure('project.sqlite', 'log projected into SQLite', 'events/s'),
    figure('project.sqlite.upserts', 'log projected into SQLite', 'rows/s'),
  ];
}
