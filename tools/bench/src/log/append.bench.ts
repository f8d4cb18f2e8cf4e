import { openSqliteEventLog, type EventLog } from '@slipway/event-log';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { BenchRun } from '../bench-run.js';
import { rotated, RoundSamples } from '../measuring/round-samples.js';
import { percentileOfSorted } from '../measuring/statistics.js';
import type { Figure } from '../report/figure.js';
import { appendEvent } from './append-event.js';
import { RawSqliteWriter } from './raw-sqlite-writer.js';

const CALLERS = 256;
const TRANSACTION_EVENTS = 100;
const DISK_BLOCK_BYTES = 4_096;

/** What a writer did until the time was over. */
type Written = { readonly events: number; readonly seconds: number; readonly latenciesMs: readonly number[] };
type Writer = { readonly series: string; write(file: string, seconds: number): Promise<Written> };

const WRITERS: readonly Writer[] = [
  { series: 'disk', write: writeBlocks },
  { series: 'raw-1', write: (file, seconds) => writeRaw(file, seconds, 1) },
  { series: 'raw-100', write: (file, seconds) => writeRaw(file, seconds, TRANSACTION_EVENTS) },
  { series: 'single', write: (file, seconds) => appendConcurrently(file, seconds, 1) },
  { series: 'group', write: (file, seconds) => appendConcurrently(file, seconds, CALLERS) },
];

/** Durable appends, one at a time and by many callers, each writer on a fresh file of its own. */
export async function benchAppend(run: BenchRun): Promise<readonly Figure[]> {
  const samples = new RoundSamples();
  for (let round = 0; round < run.rounds; round++) {
    for (const { series, write } of rotated(WRITERS, round)) {
      run.progress(`log: appends, round ${round + 1} of ${run.rounds}, ${series}`);
      const { events, seconds, latenciesMs } = await write(path.join(run.workshop.directory(series), 'log.sqlite'), run.seconds);
      samples.add(series, events / seconds);
      samples.add(`${series}.p50`, percentileOfSorted(latenciesMs.toSorted((a, b) => a - b), 50));
    }
  }
  return figures(samples);
}

/** Each caller has a stream of its own, and sends its next event when the last is durable. */
async function appendConcurrently(file: string, seconds: number, callers: number): Promise<Written> {
  await using log = await openSqliteEventLog(file);
  const latenciesMs: number[] = [];
  const startedAtMs = performance.now();
  const untilMs = startedAtMs + seconds * 1_000;
  await Promise.all(Array.from({ length: callers }, (_, caller) => appendUntil(log, `replica-${caller}`, untilMs, latenciesMs)));
  return { events: latenciesMs.length, seconds: (performance.now() - startedAtMs) / 1_000, latenciesMs };
}

async function appendUntil(log: EventLog, streamId: string, untilMs: number, latenciesMs: number[]): Promise<void> {
  let revision = -1;
  for (let nowMs = performance.now(); nowMs < untilMs; ) {
    const outcome = await log.append(streamId, [appendEvent()], revision);
    if (!('appended' in outcome)) throw new Error(`an append nobody disturbs was not taken: ${JSON.stringify(outcome)}`);
    ({ revision } = outcome.appended);
    const doneMs = performance.now();
    latenciesMs.push(doneMs - nowMs);
    nowMs = doneMs;
  }
}

async function writeRaw(file: string, seconds: number, eventsPerTransaction: number): Promise<Written> {
  using writer = new RawSqliteWriter(file);
  let stream = 0;
  const append = () => ({ streamId: `replica-${stream++ % CALLERS}`, event: appendEvent() });
  return repeat(seconds, eventsPerTransaction, () => writer.write(Array.from({ length: eventsPerTransaction }, append)));
}

/** What the disk itself takes: one block appended and waited for. */
async function writeBlocks(file: string, seconds: number): Promise<Written> {
  const descriptor = openSync(file, 'w');
  const block = Buffer.alloc(DISK_BLOCK_BYTES, 1);
  try {
    return repeat(seconds, 1, () => {
      writeSync(descriptor, block);
      fdatasyncSync(descriptor);
    });
  } finally {
    closeSync(descriptor);
  }
}

function repeat(seconds: number, eventsEach: number, step: () => void): Written {
  const latenciesMs: number[] = [];
  const startedAtMs = performance.now();
  const untilMs = startedAtMs + seconds * 1_000;
  let nowMs = startedAtMs;
  while (nowMs < untilMs) {
    step();
    const doneMs = performance.now();
    latenciesMs.push(doneMs - nowMs);
    nowMs = doneMs;
  }
  return { events: latenciesMs.length * eventsEach, seconds: (nowMs - startedAtMs) / 1_000, latenciesMs };
}

function figures(samples: RoundSamples): readonly Figure[] {
  const figure = (id: string, what: string, unit: string, values: readonly number[]): Figure => ({ id: `log.${id}`, part: 'log', what: `log: ${what}`, unit, values });
  return [
    figure('disk', 'disk, 4 KB appended + fdatasync', '/s', samples.of('disk')),
    figure('raw-1', 'node:sqlite, 1 event a transaction', 'events/s', samples.of('raw-1')),
    figure('raw-100', 'node:sqlite, 100 events a transaction', 'events/s', samples.of('raw-100')),
    figure('append-single', 'append, one at a time', 'events/s', samples.of('single')),
    figure('append-256', `append, ${CALLERS} callers`, 'events/s', samples.of('group')),
    figure('append-single.p50', 'append, one at a time, p50', 'ms', samples.of('single.p50')),
    figure('append-256.p50', `append, ${CALLERS} callers, p50`, 'ms', samples.of('group.p50')),
    figure('append-single.x-raw', 'append one at a time / node:sqlite 1 a transaction', '×', samples.ratio('single', 'raw-1')),
    figure('append-256.x-raw', `append ${CALLERS} callers / node:sqlite 100 a transaction`, '×', samples.ratio('group', 'raw-100')),
    figure('append-256.x-single', `append ${CALLERS} callers / one at a time`, '×', samples.ratio('group', 'single')),
  ];
}
