import { splitStream } from '@slipway/contracts';
import type { EventLogReader, RecordedEvent } from '@slipway/event-log';
import { isAggregateCategory } from '../folds/aggregate-folds.js';
import { processOf } from '../folds/process-folds.js';
import { counted } from '../readable-text.js';
import type { Terminal } from '../terminal.js';
import { Findings, type Check } from './check.js';
import { verifyAggregateStream } from './verify-aggregate-stream.js';
import { verifyProcessStream, type VerifiedProcess } from './verify-process-stream.js';

/** What was counted under one name: a category of streams, or one process. */
type Tally = { readonly findings: Findings; streams: number; events: number; decisions: number; effects: number; byOlderRules: number; byNewerRules: number };

/**
 * Folds every stream up to a position of the log, which `eventsThere` events lead up to, and makes every decision again
 * that today's rules of its process made.
 */
export async function checkStreams(log: EventLogReader, toPosition: number, eventsThere: number, terminal: Terminal): Promise<readonly Check[]> {
  const tallies = new Map<string, Tally>();
  const tallyOf = (name: string): Tally => {
    const tally = tallies.get(name) ?? { findings: new Findings(), streams: 0, events: 0, decisions: 0, effects: 0, byOlderRules: 0, byNewerRules: 0 };
    tallies.set(name, tally);
    return tally;
  };
  let events = 0;
  for await (const { streamId } of log.listStreams()) {
    events += await checkStream(log, streamId, toPosition, tallyOf);
    terminal.progress(`folding streams: ${counted(events, 'event')} of ${counted(eventsThere, 'event')}`);
  }
  terminal.progress(null);
  const checks = [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, tally]) => tally.findings.check(name, checkedText(tally)));
  return [...checks, everyEventFolded(events, eventsThere)];
}

async function checkStream(log: EventLogReader, streamId: string, toPosition: number, tallyOf: (name: string) => Tally): Promise<number> {
  const { category, id } = splitStream(streamId);
  const events = eventsUntil(log, streamId, toPosition);
  const place = processOf(streamId);
  if (place !== null) {
    const verified = await verifyProcessStream(log, place.process, events);
    return add(tallyOf(`process ${place.name}`), verified);
  }
  if (isAggregateCategory(category)) return add(tallyOf(`streams ${category}`), await verifyAggregateStream(category, id, events));
  const count = (await Array.fromAsync(events)).length;
  const finding = `${streamId}: this release knows no streams of this kind`;
  return add(tallyOf('streams of no known kind'), { events: count, finding });
}

type Verified = Pick<VerifiedProcess, 'events' | 'finding'> & Partial<VerifiedProcess>;

function add(tally: Tally, verified: Verified): number {
  if (verified.events > 0) tally.streams++;
  tally.events += verified.events;
  tally.decisions += verified.decisions ?? 0;
  tally.effects += verified.effects ?? 0;
  tally.byOlderRules += verified.byOlderRules ?? 0;
  tally.byNewerRules += verified.byNewerRules ?? 0;
  if (verified.finding !== null) tally.findings.add(verified.finding);
  return verified.events;
}

async function* eventsUntil(log: EventLogReader, streamId: string, toPosition: number): AsyncGenerator<RecordedEvent> {
  const read = await log.readStream(streamId);
  if ('notFound' in read) return;
  for await (const page of read.found.pages())
    for (const event of page) {
      if (event.position > toPosition) return;
      yield event;
    }
}

function checkedText({ streams, events, decisions, effects, byOlderRules, byNewerRules }: Tally): string {
  const parts = [counted(streams, 'stream'), counted(events, 'event')];
  if (decisions > 0) parts.push(`${counted(decisions, 'decision')} made again with ${counted(effects, 'effect')}`);
  if (byOlderRules > 0) parts.push(`${counted(byOlderRules, 'step')} by older rules: folded, not made again`);
  if (byNewerRules > 0) parts.push(`${counted(byNewerRules, 'step')} by newer rules: folded, not made again`);
  return parts.join(', ');
}

/** Streams are found by name and the log by position: both ways have to meet the same events. */
function everyEventFolded(events: number, eventsThere: number): Check {
  const findings = new Findings();
  if (events !== eventsThere) findings.add(`the log holds ${counted(eventsThere, 'event')}, its streams ${counted(events, 'event')}`);
  return findings.check('streams together', counted(events, 'event'));
}
