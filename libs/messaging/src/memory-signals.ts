import type { Json } from '@slipway/domain';
import { SignalDelivery } from './signal-delivery.js';
import { assertSubject, SIGNAL_MAX_BYTES, type Signals, type Unsubscribe } from './signals.js';

/** Signals within one process. */
export function createMemorySignals(): Signals {
  const delivery = new SignalDelivery();
  let undeliverable = 0;
  let isClosed = false;
  return {
    publish(subject: string, payload: Json): void {
      assertSubject(subject);
      const text = JSON.stringify(payload);
      if (isClosed || Buffer.byteLength(text) > SIGNAL_MAX_BYTES) undeliverable++;
      else delivery.deliver(subject, text);
    },
    subscribe(subject: string, handler: (payload: Json) => void): Unsubscribe {
      assertSubject(subject);
      return isClosed ? () => undefined : delivery.add(subject, handler);
    },
    get droppedCount() {
      return undeliverable + delivery.droppedCount;
    },
    async close() {
      isClosed = true;
      delivery.close();
    },
  };
}
