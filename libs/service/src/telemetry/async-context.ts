import { ROOT_CONTEXT, type Context, type ContextManager } from '@opentelemetry/api';
import { AsyncLocalStorage } from 'node:async_hooks';

/** The active span follows calls, promises and timers. The SDK's own manager knows calls only. */
export function asyncContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (context, run, thisArg, ...args) => storage.run(context, () => run.apply(thisArg, args)),
    bind<T>(context: Context, target: T): T {
      if (typeof target !== 'function') return target;
      const bound = (...args: unknown[]): unknown => storage.run(context, () => Reflect.apply(target, undefined, args) as unknown);
      return bound as T;
    },
    enable: () => manager,
    disable() {
      storage.disable();
      return manager;
    },
  };
  return manager;
}
