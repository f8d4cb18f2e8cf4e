import type { GatewayPlugin } from '@graphql-hive/gateway-runtime';
import { isAsyncIterable } from '@slipway/service';
import type { DoorContext } from '../graph/door-context.js';
import type { OpenSubscriptions } from './open-subscriptions.js';

/** Takes a slot before anything subscribes, and gives it back however that ends. */
export function subscriptionsPlugin(open: OpenSubscriptions): GatewayPlugin {
  return {
    onSubscribe({ subscribeFn, setSubscribeFn }) {
      setSubscribeFn(async (args) => {
        const slot = open.take(args.contextValue as DoorContext);
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
