import { LOG_LINE_MAX_CHARS, type LogRead, type ReplicaObservation } from '../replica-runtime.js';
import { launched, type RuntimeUnderTest } from './runtime-under-test.js';
import { waitFor } from './wait-for.js';

/** What the output of every runtime's replicas must be like for those who follow it. */
export function replicaLogConformance(open: () => Promise<RuntimeUnderTest>): void {
  const readLog = async (test: RuntimeUnderTest, read: LogRead) => {
    const { lines = [], ...page } = (await test.runtime.readLog('a-1', read)) ?? {};
    return { ...page, texts: lines.map(({ text }) => text), positions: lines.map(({ position }) => position) };
  };

  it('goes on after any place in the output: each line once and in order, over attempts and after the end', async () => {
    await using test = await open();
    const print = async (replica: ReplicaObservation, ...lines: readonly string[]) => {
      for (const line of lines) await test.print(replica, line);
      await waitFor('the output', async () => (await readLog(test, { lastLines: 1 })).texts[0] === lines.at(-1));
    };
    await print(await launched(test, 'a-1'), 'one', 'two');
    const { position, positions, texts } = await readLog(test, { lastLines: 2 });
    expect([texts, positions.at(-1)]).toEqual([['one', 'two'], position]);
    await print(await launched(test, 'a-1', 2), 'three', 'four');
    await test.runtime.stop('a-1', { graceMs: 5000 });
    const further = await readLog(test, { after: position ?? 0 });
    expect(further).toMatchObject({ texts: ['three', 'four'], hasGap: false });
    expect((await readLog(test, { after: positions[0] ?? 0 })).texts).toEqual(['two', 'three', 'four']);
    expect((await readLog(test, { after: further.positions[0] ?? 0 })).texts).toEqual(['four']);
    expect(await readLog(test, { after: further.position ?? 0 })).toMatchObject({ texts: [], position: further.position, hasGap: false, hasMore: false });
  });

  it('cuts long lines, and says so; says of a place behind the end that it begins anew', async () => {
    await using test = await open();
    const running = await launched(test, 'a-1');
    await test.print(running, 'x'.repeat(LOG_LINE_MAX_CHARS + 1));
    await waitFor('the output', async () => (await readLog(test, { lastLines: 1 })).texts.length === 1);
    expect((await test.runtime.readLog('a-1', { lastLines: 1 }))?.lines).toEqual([expect.objectContaining({ text: 'x'.repeat(LOG_LINE_MAX_CHARS), isCut: true })]);
    expect(await readLog(test, { after: 1_000_000 })).toMatchObject({ hasGap: true, texts: [expect.stringMatching(/^x/)] });
  });

  it('has an empty log of a replica that printed nothing, and none of one it never started', async () => {
    await using test = await open();
    await launched(test, 'a-1');
    expect(await test.runtime.readLog('a-1', { after: 0 })).not.toBeNull();
    expect(await test.runtime.readLog('a-2', { lastLines: 10 })).toBeNull();
  });
}
