import type { RoutingTable } from '@slipway/domain';
import type { CaughtUp, FactSource, PassedPosition, SourcedFact } from './fact-source.js';
import { TableFollower } from './table-follower.js';
import { eventually } from './testing/condition.js';

type Item = SourcedFact | PassedPosition | CaughtUp | Error;

/** A source that gives what it is told to, and fails when it is told to. */
class ToldSource implements FactSource {
  readonly followedAfter: number[] = [];
  #items: Item[] = [];
  #more: () => void = () => undefined;

  tell(...items: Item[]): void {
    this.#items.push(...items);
    this.#more();
  }

  async *follow(afterPosition: number, signal: AbortSignal): AsyncIterable<SourcedFact | PassedPosition | CaughtUp> {
    this.followedAfter.push(afterPosition);
    signal.addEventListener('abort', () => this.#more());
    while (!signal.aborted) {
      const item = this.#items.shift();
      if (item instanceof Error) throw item;
      if (item !== undefined) yield item;
      else await new Promise<void>((resolve) => (this.#more = resolve));
    }
  }
}

const visibility = (position: number, openToPublic: boolean): SourcedFact => ({
  position,
  streamId: 'deployment-d',
  event: { type: 'DeploymentVisibilityChanged', openToPublic, atMs: 0 },
});

describe('following the log', () => {
  function following() {
    const source = new ToldSource();
    const tables: RoutingTable[] = [];
    const failures: string[] = [];
    const follower = new TableFollower({ source, swap: (table) => tables.push(table), log: (event) => failures.push(event) });
    follower.start();
    return { source, tables, failures, follower };
  }

  it('uses no table before it has caught up, then one at the position it caught up at', async () => {
    const { source, tables, follower } = following();
    source.tell(visibility(1, true), visibility(2, false), { passed: 9 }, 'caughtUp');
    await follower.caughtUp();
    expect(tables.map(({ position }) => position)).toEqual([9]);
    await follower.stop();
  });

  it('advances its position with every fact, and takes a burst in one swap', async () => {
    const { source, tables, follower } = following();
    source.tell('caughtUp');
    await follower.caughtUp();
    source.tell(...Array.from({ length: 500 }, (_, i): Item => visibility(i + 1, true)));
    await eventually(() => tables.at(-1)?.position === 500, 'the last fact is in the table');
    expect(tables.length).toBeLessThan(20);
    await follower.stop();
  });

  it('keeps its table when the source fails, and goes on where it was', async () => {
    const { source, tables, failures, follower } = following();
    source.tell(visibility(4, true), 'caughtUp');
    await follower.caughtUp();
    source.tell(new Error('the log is gone'));
    await eventually(() => source.followedAfter.length === 2, 'it follows again');
    expect(source.followedAfter).toEqual([0, 4]);
    expect(failures).toEqual(['routing-source-failed']);
    source.tell(visibility(5, false));
    await eventually(() => tables.at(-1)?.position === 5, 'it goes on');
    await follower.stop();
  });
});
