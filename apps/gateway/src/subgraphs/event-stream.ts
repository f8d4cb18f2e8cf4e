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
 */
export function resultsOf(message: IncomingMessage, options: EventStreamOptions): AsyncIterableIterator<ExecutionResult> {
  return liveIterator<ExecutionResult>((push, end) => {
    const breakOff = (reason: string): void => {
      push(options.broken(reason));
      end();
    };
    const tooLarge = (): void => breakOff(`an event of more than ${options.eventCharsMax} characters`);
    const take = ({ name, data }: ServerSentEvent): void => {
      if (name === 'complete') return end();
      if (data === '') return;
      if (data.length > options.eventCharsMax) return tooLarge();
      const result = executionResultOf(data);
      if (result === null) breakOff('an event that is no GraphQL result');
      else push(result);
    };
    const silence = setTimeout(() => breakOff(`nothing within ${options.silenceMaxMs} ms`), options.silenceMaxMs);
    const events = eventReader(take);
    message.setEncoding('utf8');
    message.on('data', (text: string) => {
      silence.refresh();
      if (events.read(text) > options.eventCharsMax) tooLarge();
    });
    message.once('end', () => breakOff('the stream ended before it was complete'));
    message.on('error', (error) => breakOff(error.message));
    return () => {
      clearTimeout(silence);
      message.destroy();
    };
  });
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
