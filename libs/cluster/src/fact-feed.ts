import { setTimeout as pause } from 'node:timers/promises';
import type { LiveLog } from '@slipway/event-log';
import type { Bus } from '@slipway/messaging';
import { offerInTrace } from './received-fact.js';

/** After reading facts failed, it is tried again after this; until then followers read the log. */
export const FEED_RETRY_MS = 1_000;

export type FactFeedOptions = {
  readonly bus: Bus;
  readonly live: LiveLog;
  /** Names the reader on the bus: one per process. */
  readonly durable: string;
  readonly onError: (error: unknown) => void;
};

/** Hands the facts of the bus to a log's followers until it is closed, whatever becomes of the bus meanwhile. */
export function feedFacts({ bus, live, durable, onError }: FactFeedOptions): AsyncDisposable {
  const closing = new AbortController();
  const feeding = (async () => {
    while (!closing.signal.aborted) {
      try {
        for await (const fact of bus.facts({ durable, after: await live.head(), signal: closing.signal })) offerInTrace(live, fact);
        if (closing.signal.aborted) return;
      } catch (error) {
        if (!closing.signal.aborted) onError(error);
      }
      await pause(FEED_RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined); // closed
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      closing.abort();
      await feeding;
    },
  };
}

/** What may not stand in the name of a reader becomes `_`. */
export const readerName = (service: string, instance: string): string => `${service}-${instance}`.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, READER_NAME_CHARACTERS_MAX);

const READER_NAME_CHARACTERS_MAX = 100;
