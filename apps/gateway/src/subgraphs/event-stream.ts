import { liveIterator } from '@slipway/service';
import type { ExecutionResult } from 'graphql';
import type { IncomingMessage } from 'node:http';
import { executionResultOf } from './execution-result.js';

export type EventStreamOptions = {
  readonly silenceMaxMs: number;
  readonly eventCharsMax: number;
  /** The last result of a subscription whose source went away; `reason` is for the log. */
  readonly broken: (reason: string) => ExecutionResult;
};

type ServerSentEvent = { readonly name: string; readonly data: string };

/**
 * The results in a stream of server-sent events, each with the `data` or `errors` it came with. It completes when the
 * source says so. When the source breaks off or falls silent, one last result says that instead: whoever subscribed must
 * know that something may have been missed. `return()` closes the connection at once.
 *
 * No more is read than is asked for, so that what a slow reader has not taken waits at the source, which knows how much of
 * it may wait and what to do then: end the subscription and say so, skip lines and say how many, or tell the newest only.
 * Here waits what came with one read of the socket, and one event that is not whole yet.
 */
export function resultsOf(message: IncomingMessage, options: EventStreamOptions): AsyncIterableIterator<ExecutionResult> {
  let asked = 0;
  let told = 0;
  let readOn = (): void => undefined;
  const results = liveIterator<ExecutionResult>(
    (push, end) => {
      const reading = readingOf(message, options, {
        tell: (result) => {
          told += 1;
          push(result);
          if (told >= asked) reading.hold();
        },
        end,
      });
      readOn = reading.readOn;
      return reading.stop;
    },
    { queueMax: Infinity },
  );
  return {
    next() {
      asked += 1;
      if (asked > told) readOn();
      return results.next();
    },
    return: async () => (await results.return?.()) ?? { value: undefined, done: true },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

type Listener = { readonly tell: (result: ExecutionResult) => void; readonly end: () => void };
type Reading = { readOn(): void; hold(): void; stop(): void };

/**
 * Silence counts only while something is read: a source that is not listened to cannot be heard. When this process was held
 * up for as long, what came meanwhile is read before anything is taken for silence.
 */
function readingOf(message: IncomingMessage, { silenceMaxMs, eventCharsMax, broken }: EventStreamOptions, { tell, end }: Listener): Reading {
  let silence: NodeJS.Timeout | undefined;
  let piecesHeard = 0;
  let isOver = false;
  const breakOff = (reason: string): void => {
    if (isOver) return;
    tell(broken(reason));
    end();
  };
  const tooLarge = (): void => breakOff(`an event of more than ${eventCharsMax} characters`);
  const take = ({ name, data }: ServerSentEvent): void => {
    if (isOver || (name !== 'complete' && data === '')) return;
    if (name === 'complete') return end();
    if (data.length > eventCharsMax) return tooLarge();
    const result = executionResultOf(data);
    if (result === null) breakOff('an event that is no GraphQL result');
    else tell(result);
  };
  const events = eventReader(take);
  message.setEncoding('utf8');
  message.on('data', (text: string) => {
    piecesHeard += 1;
    silence?.refresh();
    if (events.read(text) > eventCharsMax) tooLarge();
  });
  message.once('end', () => breakOff('the stream ended before it was complete'));
  message.on('error', (error) => breakOff(error.message));
  message.pause();
  return {
    readOn() {
      if (isOver) return;
      silence ??= setTimeout(() => {
        const before = piecesHeard;
        setImmediate(() => void (piecesHeard === before && breakOff(`nothing within ${silenceMaxMs} ms`)));
      }, silenceMaxMs);
      message.resume();
    },
    hold() {
      clearTimeout(silence);
      silence = undefined;
      message.pause();
    },
    stop() {
      isOver = true;
      clearTimeout(silence);
      message.destroy();
    },
  };
}

/** Calls `take` for each whole event in the text so far; returns how many characters still wait for their end. */
function eventReader(take: (event: ServerSentEvent) => void): { read(text: string): number } {
  let rest = '';
  let name = '';
  let data: string[] = [];
  let waiting = 0;
  const line = (text: string): void => {
    if (text === '') {
      if (name !== '' || data.length > 0) take({ name, data: data.join('\n') });
      [name, data, waiting] = ['', [], 0];
    } else if (text.startsWith('event:')) {
      name = text.slice('event:'.length).trim();
    } else if (text.startsWith('data:')) {
      data.push(text.slice('data:'.length).replace(/^ /, ''));
      waiting += text.length;
    }
  };
  return {
    read(text) {
      if (!text.includes('\n')) {
        rest += text;
        return waiting + rest.length;
      }
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? '';
      lines.forEach(line);
      return waiting + rest.length;
    },
  };
}
