import type { GatewayRuntime } from '@graphql-hive/gateway-runtime';
import type { DoorContext } from './door-context.js';
import { GraphGenerations } from './graph-generations.js';

const runtime = (name: string, disposed: string[]): GatewayRuntime<DoorContext> =>
  ({ name, [Symbol.asyncDispose]: async () => void disposed.push(name) }) as unknown as GatewayRuntime<DoorContext>;

describe('the graphs that answer', () => {
  let disposed: string[];
  let graphs: GraphGenerations;
  const replaceBy = (name: string): void => graphs.replace(runtime(name, disposed));
  beforeEach(() => {
    disposed = [];
    graphs = new GraphGenerations();
  });

  it('are none at first', () => {
    expect(graphs.enter(() => undefined)).toBeNull();
  });

  it('are the newest for whoever comes, and the one asked of for whoever came before', () => {
    replaceBy('a');
    const early = graphs.enter(() => undefined);
    replaceBy('b');
    expect(early?.runtime).toMatchObject({ name: 'a' });
    expect(graphs.enter(() => undefined)?.runtime).toMatchObject({ name: 'b' });
    expect(disposed).toEqual([]);
    early?.leave();
    early?.leave();
    expect(disposed).toEqual(['a']);
  });

  it('are let go of at once when nobody uses them', () => {
    replaceBy('a');
    graphs.enter(() => undefined)?.leave();
    expect(disposed).toEqual([]);
    replaceBy('b');
    expect(disposed).toEqual(['a']);
  });

  it('are not kept without bound: what was asked of the oldest is ended with a reason', () => {
    const ended: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      replaceBy(name);
      const lease = graphs.enter((reason) => {
        ended.push(`${name}: ${(reason as { code?: string }).code}`);
        lease?.leave();
      });
    }
    expect(ended).toEqual(['a: UNAVAILABLE']);
    expect(disposed).toEqual(['a']);
  });

  it('all end when the gateway does', async () => {
    replaceBy('a');
    graphs.enter(() => undefined);
    replaceBy('b');
    await graphs.close();
    expect(disposed.sort()).toEqual(['a', 'b']);
    expect(graphs.enter(() => undefined)).toBeNull();
  });
});
