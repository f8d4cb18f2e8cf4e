import { parseEvent, serializeEvent, splitStream, type StreamCategory } from '@slipway/contracts';
import { access, deployment, deploymentStatus, replica, revision, rollout, type Decider } from '@slipway/domain';
import { openSqliteEventLog, type EventLog } from '@slipway/event-log';
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BenchRun } from '../bench-run.js';
import { rotated, RoundSamples } from '../measuring/round-samples.js';
import { percentileOfSorted } from '../measuring/statistics.js';
import type { Figure } from '../report/figure.js';
import { DeploymentLife, type LivedEvent } from './deployment-life.js';

const EVENTS_MIN = 120_000;
/** Deployments that live at the same time: their events lie between each other's. */
const TOGETHER = 50;
const PAGE_ROWS = 2_000;
const KB = 1_000;

/** Reading the whole log: the rows alone, as events, and folded into the state of every stream. */
export async function benchReplay(run: BenchRun): Promise<readonly Figure[]> {
  const file = path.join(run.workshop.directory('replay'), 'log.sqlite');
  run.progress('log: writing the log to replay');
  const events = await writeHistory(file);
  const sizeBytes = statSync(file).size;
  const samples = new RoundSamples();
  await using log = await openSqliteEventLog(file);
  const readers: readonly Reader[] = [
    { series: 'rows', read: async () => readRows(file) },
    { series: 'decoded', read: () => readDecoded(log) },
    { series: 'fold', read: () => readAndFold(log) },
  ];
  for (const { read } of readers) await read(); // what runs once is compiled as it goes: that is not what a log costs
  for (let round = 0; round < run.rounds; round++) {
    run.progress(`log: replay, round ${round + 1} of ${run.rounds}`);
    const elapsedMs = await timeInTurns(rotated(readers, round), events, run.seconds);
    for (const { series } of readers) samples.add(series, (events * 1_000) / percentileOfSorted((elapsedMs.get(series) ?? []).toSorted((a, b) => a - b), 50));
  }
  return figures(samples, events, sizeBytes);
}

type Reader = { readonly series: string; read(): Promise<number> };

/** One pass of each reader after the other, as often as fits: what slows the machine for a second slows them alike. */
async function timeInTurns(readers: readonly Reader[], events: number, seconds: number): Promise<ReadonlyMap<string, readonly number[]>> {
  const elapsedMs = new Map(readers.map(({ series }) => [series, [] as number[]]));
  const untilMs = performance.now() + seconds * 1_000 * readers.length;
  while (performance.now() < untilMs) {
    for (const { series, read } of readers) {
      const startedAtMs = performance.now();
      const seen = await read();
      if (seen !== events) throw new Error(`${seen} of ${events} events were read`);
      elapsedMs.get(series)?.push(performance.now() - startedAtMs);
    }
  }
  return elapsedMs;
}

async function writeHistory(file: string): Promise<number> {
  await using log = await openSqliteEventLog(file);
  const revisions = new Map<string, number>();
  let written = 0;
  for (let key = 0; written < EVENTS_MIN; key += TOGETHER) {
    const lives = Array.from({ length: TOGETHER }, (_, index) => DeploymentLife.of(key + index));
    const longest = Math.max(...lives.map(({ length }) => length));
    for (let step = 0; step < longest; step++) {
      const now = lives.flatMap((life) => life[step] ?? []);
      await Promise.all(now.map((lived) => appendLived(log, lived, revisions)));
      written += now.length;
    }
  }
  return written;
}

async function appendLived(log: EventLog, { streamId, event }: LivedEvent, revisions: Map<string, number>): Promise<void> {
  const expected = revisions.get(streamId) ?? -1;
  revisions.set(streamId, expected + 1);
  const commandId = randomUUID();
  const metadata = { actor: 'admin', correlationId: commandId, commandId };
  const outcome = await log.append(streamId, [{ ...serializeEvent(event), id: randomUUID(), metadata }], expected);
  if (!('appended' in outcome)) throw new Error(`${streamId} was not at revision ${expected}`);
}

/** What SQLite and the way into JavaScript cost: the log's own columns, a page at a time, as arrays. */
function readRows(file: string): number {
  using database = new DatabaseSync(file, { readOnly: true });
  const statement = database.prepare(
    'SELECT position, stream_id, revision, id, type, version, recorded_at_ms, metadata, data FROM events WHERE position > ? ORDER BY position LIMIT ?',
  );
  statement.setReturnArrays(true);
  let seen = 0;
  for (let after = 0; ; ) {
    const rows = statement.all(after, PAGE_ROWS) as unknown as (readonly [number, ...unknown[]])[];
    const last = rows.at(-1);
    if (last === undefined) return seen;
    seen += rows.length;
    [after] = last;
  }
}

async function readDecoded(log: EventLog): Promise<number> {
  let seen = 0;
  for await (const page of log.readAll().pages()) seen += page.length;
  return seen;
}

/** What a rebuild does: every event through its contract and its decider. */
async function readAndFold(log: EventLog): Promise<number> {
  const states = new Map<string, unknown>();
  let seen = 0;
  for await (const page of log.readAll().pages())
    for (const recorded of page) {
      const { streamId } = recorded;
      const { initialState, evolve } = foldOf(splitStream(streamId).category);
      const event = parseEvent(recorded);
      if (event !== null) states.set(streamId, evolve(states.get(streamId) ?? initialState, event as never));
      seen += 1;
    }
  return seen;
}

type Fold = Pick<Decider<unknown, never, never, never>, 'initialState' | 'evolve'>;
const FOLDS = { deployment, revision, access, rollout, replica, status: deploymentStatus } as const satisfies Partial<Record<StreamCategory, unknown>>;

function foldOf(category: string): Fold {
  return FOLDS[category as keyof typeof FOLDS] as unknown as Fold;
}

function figures(samples: RoundSamples, events: number, sizeBytes: number): readonly Figure[] {
  const figure = (id: string, what: string, unit: string, values: readonly number[]): Figure => ({ id: `log.replay.${id}`, part: 'log', what: `log: replay, ${what}`, unit, values });
  return [
    figure('events', 'events in the log', 'events', [events]),
    figure('event-size', 'file size by event', 'KB', [sizeBytes / events / KB]),
    figure('rows', 'rows only', 'events/s', samples.of('rows')),
    figure('decoded', 'decoded events', 'events/s', samples.of('decoded')),
    figure('fold', 'parsed and folded', 'events/s', samples.of('fold')),
    figure('decoded.x-rows', 'decoded / rows only', '×', samples.ratio('decoded', 'rows')),
    figure('x-rows', 'parsed and folded / rows only', '×', samples.ratio('fold', 'rows')),
  ];
}
