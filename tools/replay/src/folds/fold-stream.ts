import { parseEvent, splitStream } from '@slipway/contracts';
import { afterStep } from '@slipway/domain';
import { toRecord, type EventLogReader, type RecordedEvent } from '@slipway/event-log';
import { EXIT_CODES, ReplayError } from '../exit-codes.js';
import { isAfter, readableMoment, type Moment } from '../moment.js';
import { unknownStream } from '../near-streams.js';
import { readableTime } from '../readable-text.js';
import { isStreamId } from '../stream-name.js';
import { aggregateFolds, isAggregateCategory, STREAM_CATEGORIES, type AnyAggregateFold } from './aggregate-folds.js';
import { processes, processOf, type AnyProcess } from './process-folds.js';

/** A stream folded up to a moment, and the event it came to. */
export type FoldedStream = { readonly state: unknown; readonly last: RecordedEvent };

/** Throws ReplayError: no such stream, not there yet at the moment, of an unknown kind, or not foldable. */
export async function foldStream(log: EventLogReader, streamId: string, until: Moment | null): Promise<FoldedStream> {
  const read = await readKnownStream(log, streamId);
  const fold = foldOf(streamId);
  let folded: { state: unknown; last: RecordedEvent | null } = { state: fold.initialState, last: null };
  for await (const recorded of read) {
    if (until !== null && isAfter(recorded, until)) {
      if (folded.last === null) throw notYet(streamId, until, recorded);
      break;
    }
    try {
      folded = { state: fold.evolve(folded.state, recorded), last: recorded };
    } catch (error) {
      const where = `${streamId} cannot be folded at revision ${recorded.revision} (position ${recorded.position})`;
      throw new ReplayError(EXIT_CODES.logCorrupt, `${where}: ${(error as Error).message}`);
    }
  }
  if (folded.last === null) throw await unknownStream(log, streamId);
  return { state: folded.state, last: folded.last };
}

/** Throws ReplayError, naming streams that may have been meant, when there is none of that name. */
export async function readKnownStream(log: EventLogReader, streamId: string, fromRevision = 0, limit?: number): Promise<AsyncIterable<RecordedEvent>> {
  if (!isStreamId(streamId)) throw new ReplayError(EXIT_CODES.usage, `${JSON.stringify(streamId)} cannot be the name of a stream`);
  const read = await log.readStream(streamId, { fromRevision, ...(limit !== undefined && { limit }) });
  if ('notFound' in read) throw await unknownStream(log, streamId);
  return read.found;
}

type Fold = { readonly initialState: unknown; evolve(state: unknown, recorded: RecordedEvent): unknown };

function foldOf(streamId: string): Fold {
  const { category } = splitStream(streamId);
  if (isAggregateCategory(category)) return aggregateFold(aggregateFolds[category]);
  const found = processOf(streamId);
  if (found !== null) return processFold(found.process);
  const known = [...STREAM_CATEGORIES.filter((name) => name !== 'process'), ...Object.keys(processes).map((name) => `process-${name}`)];
  throw new ReplayError(EXIT_CODES.usage, `${JSON.stringify(streamId)} is no stream this release can fold; it folds ${known.map((name) => `${name}-…`).join(', ')}`);
}

function aggregateFold({ decider }: AnyAggregateFold): Fold {
  return {
    initialState: decider.initialState,
    evolve: (state, recorded) => {
      const event = parseEvent(recorded);
      if (event === null) throw new Error(`${recorded.type} is a process's private record`);
      return decider.evolve(state, event);
    },
  };
}

/** A process is folded over the inputs it took and the effects it recorded; that they were performed changes nothing. */
function processFold(process: AnyProcess): Fold {
  return {
    initialState: process.initialState,
    evolve: (state, recorded) => {
      const record = toRecord(recorded);
      return 'input' in record ? afterStep(process, state, record.input, record.effects as readonly { readonly type: string }[]) : state;
    },
  };
}

const notYet = (streamId: string, until: Moment, first: RecordedEvent) =>
  new ReplayError(
    EXIT_CODES.usage,
    `${streamId} did not exist at ${readableMoment(until)}: it begins at position ${first.position}, ${readableTime(first.recordedAtMs)}`,
  );
