import type { GatewayPlugin } from '@graphql-hive/gateway-runtime';
import { invalidInput } from '@slipway/contracts';
import { isAsyncIterable } from '@slipway/service';
import type { DoorContext } from '../graph/door-context.js';
import type { OpenSubscriptions } from './open-subscriptions.js';

/** Takes a slot before anything subscribes, and gives it back however that ends. */
export function subscriptionsPlugin(open: OpenSubscriptions): GatewayPlugin {
  return {
    onSubscribe({ subscribeFn, setSubscribeFn }) {
      setSubscribeFn(async (args) => {
        const context = args.contextValue as DoorContext;
        // Otherwise the layer below would wait for a last event before it answers.
        if (!context.acceptsStream) throw invalidInput([{ field: 'accept', problem: 'must be text/event-stream for a subscription' }]);
        const slot = open.take(context);
        try {
          const result: unknown = await subscribeFn(args);
          if (isAsyncIterable(result)) return slot.carry(result);
          slot.free();
          return result;
        } catch (error) {
          slot.free();
          throw error;
        }
      });
    },
  };
}
