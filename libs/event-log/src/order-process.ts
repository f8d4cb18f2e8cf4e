import type { Process } from '@slipway/domain';
import { eventIdOf } from './event-id.js';
import type { EventLog, RecordedEvent } from './event-log.js';
import type { PerformContext, PerformedEffect, ProcessDefinition, Routed, TimerEffect } from './process-definition.js';

/**
 * A process for the tests of the runner: an order is packed and shipped item by item; when it is paid it is closed by a
 * timer that every item arms anew.
 */
export type OrderInput =
  | { readonly type: 'Ordered'; readonly item: string }
  | { readonly type: 'Shipped'; readonly item: string }
  | { readonly type: 'Closing' };

export type OrderEffect =
  | { readonly type: 'pack'; readonly item: string }
  | { readonly type: 'ship'; readonly item: string }
  | { readonly type: 'thank' }
  | TimerEffect<OrderInput>;

export type Order = { readonly ordered: readonly string[]; readonly shipped: readonly string[]; readonly closed: number };

export const CLOSE_AFTER_MS = 1_000;

export const orderProcess: Process<Order, OrderInput, OrderEffect> = {
  version: 1,
  initialState: { ordered: [], shipped: [], closed: 0 },
  evolve(order, input) {
    switch (input.type) {
      case 'Ordered':
        return { ...order, ordered: [...order.ordered, input.item] };
      case 'Shipped':
        return { ...order, shipped: [...order.shipped, input.item].sort() };
      case 'Closing':
        return { ...order, closed: order.closed + 1 };
    }
  },
  react(input) {
    switch (input.type) {
      case 'Ordered':
        return [
          { type: 'pack', item: input.item },
          { type: 'ship', item: input.item },
          { type: 'wakeIn', timerId: 'close', delayMs: CLOSE_AFTER_MS, input: { type: 'Closing' } },
        ];
      case 'Shipped':
        return [];
      case 'Closing':
        return [{ type: 'thank' }];
    }
  },
};

/** Facts: `order-<key>` holds Ordered, `shipment-<effectId>` holds Shipped with the key in its data. */
export function orderDefinition(
  log: EventLog,
  perform: (effect: PerformedEffect<OrderEffect>, context: PerformContext) => Promise<void>,
): ProcessDefinition<Order, OrderInput, OrderEffect> {
  return {
    name: 'order',
    process: orderProcess,
    filter: { streamPrefixes: ['order-', 'shipment-'] },
    route: routeOrder,
    snapshot: { version: '1', toJson: (state) => state, fromJson: (json) => json as Order },
    async perform(effect, context) {
      await perform(effect, context);
      if (effect.type !== 'ship') return;
      const streamId = `shipment-${context.effectId}`;
      const id = eventIdOf(context.effectId, streamId, 0);
      const data = { key: context.key, item: effect.item };
      await log.append(streamId, [{ id, type: 'Shipped', version: 1, data, metadata: {} }], 'none');
    },
  };
}

function routeOrder(fact: RecordedEvent): Routed<OrderInput> | null {
  const data = fact.data as { readonly item: string; readonly key?: string };
  if (fact.type === 'Ordered') return { key: fact.streamId.slice('order-'.length), input: { type: 'Ordered', item: data.item } };
  if (fact.type === 'Shipped' && data.key !== undefined) return { key: data.key, input: { type: 'Shipped', item: data.item } };
  return null;
}

export async function orderItem(log: EventLog, key: string, item: string): Promise<number> {
  const event = { id: `${key}/${item}`, type: 'Ordered', version: 1, data: { item }, metadata: { correlationId: `c-${item}` } };
  const outcome = await log.append(`order-${key}`, [event], 'any');
  return 'appended' in outcome ? outcome.appended.position : 0;
}

/** The state as the process's own stream tells it. */
export async function orderOf(log: EventLog, key: string): Promise<Order> {
  const read = await log.readStream(`process-order-${key}`);
  let order = orderProcess.initialState;
  if ('found' in read)
    for await (const event of read.found) {
      const { input } = event.data as { readonly input?: OrderInput };
      if (input !== undefined) order = orderProcess.evolve(order, input);
    }
  return order;
}
