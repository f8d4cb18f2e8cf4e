import type { GatewayPlugin } from '@graphql-hive/gateway-runtime';
import { SlipwayError } from '@slipway/contracts';
import type { DoorContext } from '../graph/door-context.js';

/** Answers UNAVAILABLE when the graph takes too long to answer, or to open a subscription, and tells it to stop working. */
export function answerTimeoutPlugin(timeoutMs: number): GatewayPlugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => inTime(() => executeFn(args) as unknown, args.contextValue as DoorContext, timeoutMs));
    },
    onSubscribe({ subscribeFn, setSubscribeFn }) {
      setSubscribeFn((args) => inTime(() => subscribeFn(args) as unknown, args.contextValue as DoorContext, timeoutMs));
    },
  };
}

async function inTime(run: () => unknown, { abandon }: DoorContext, timeoutMs: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new SlipwayError('UNAVAILABLE', { what: `an answer within ${timeoutMs} ms` });
      abandon(error);
      reject(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([Promise.resolve(run()), late]);
  } finally {
    clearTimeout(timer);
  }
}
