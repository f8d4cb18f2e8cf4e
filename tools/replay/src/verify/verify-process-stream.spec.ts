import { openMemoryEventLog, type EventLog } from '@slipway/event-log';
import type { AnyProcess } from '../folds/process-folds.js';
import { verifyProcessStream, type VerifiedProcess } from './verify-process-stream.js';

const STREAM = 'process-baker-1';

/** Bakes what is ordered, in batches: what was put into the oven is no longer owed. */
const bakerOf = (version: number, batch: number): AnyProcess => ({
  version,
  initialState: 0,
  evolve: (owed) => (owed as number) + 1,
  react: (_input, owed) => ((owed as number) < batch ? [] : [{ type: 'bake', loaves: owed }]),
  claim: (owed, effects) => (owed as number) - effects.reduce((sum, effect) => sum + (effect as unknown as { readonly loaves: number }).loaves, 0),
});

type Step = { readonly loaves: number | null; readonly logicVersion?: number };

/** A log in which each order was taken by the step given; without a version it is of the first form, which named none. */
async function recorded(steps: readonly Step[]): Promise<EventLog> {
  const log = openMemoryEventLog();
  for (const [index, { loaves, logicVersion }] of steps.entries()) {
    const order = { id: `order-${index}`, type: 'Ordered', version: 1, data: {}, metadata: {} };
    const outcome = await log.append('order-1', [order], 'any');
    const sourcePosition = 'appended' in outcome ? outcome.appended.position : 0;
    const input = { from: 'order', event: { type: 'Ordered' } };
    const effects = loaves === null ? [] : [{ type: 'bake', loaves }];
    const step = { sourcePosition, takenAtMs: 0, input, timers: [], effects };
    const form = logicVersion === undefined ? { version: 1, data: step } : { version: 2, data: { ...step, logicVersion } };
    await log.append(STREAM, [{ id: `step-${index}`, type: 'ProcessInputTaken', ...form, metadata: {} }], 'any');
  }
  return log;
}

async function verified(log: EventLog, process: AnyProcess): Promise<VerifiedProcess> {
  const read = await log.readStream(STREAM);
  if ('notFound' in read) throw new Error('nothing was recorded');
  return verifyProcessStream(log, process, read.found);
}

const perform = (log: EventLog, effectId: string) =>
  log.append(STREAM, [{ id: `performed-${effectId}`, type: 'ProcessEffectPerformed', version: 1, data: { effectId }, metadata: {} }], 'any');

describe('the decisions of a process', () => {
  it('are made again when the rules of today made them', async () => {
    await using log = await recorded([{ loaves: null }, { loaves: 2 }, { loaves: null, logicVersion: 1 }]);
    expect(await verified(log, bakerOf(1, 2))).toMatchObject({ decisions: 3, effects: 1, byOlderRules: 0, byNewerRules: 0, finding: null });
  });

  it('of older rules are folded with what they recorded, and the rules of today go on from there', async () => {
    // Were the loaf of the first step not claimed, three would be owed at the last step but one already.
    await using log = await recorded([{ loaves: 1 }, { loaves: null }, { loaves: null, logicVersion: 2 }, { loaves: 3, logicVersion: 2 }]);
    await perform(log, `${STREAM}/0/0`);
    expect(await verified(log, bakerOf(2, 3))).toMatchObject({ events: 5, decisions: 2, effects: 1, byOlderRules: 2, finding: null });
  });

  it('of newer rules are folded, too, as after going back to an older release', async () => {
    await using log = await recorded([{ loaves: 1, logicVersion: 2 }, { loaves: null, logicVersion: 1 }, { loaves: 2, logicVersion: 1 }]);
    expect(await verified(log, bakerOf(1, 2))).toMatchObject({ decisions: 2, byNewerRules: 1, finding: null });
  });

  it('are found when the rules of today would have made others', async () => {
    await using log = await recorded([{ loaves: null, logicVersion: 1 }, { loaves: 1, logicVersion: 2 }]);
    const { finding, byOlderRules } = await verified(log, bakerOf(2, 2));
    expect(finding).toBe(`${STREAM} at revision 1 (position 4): decided again it comes out differently at effects[0].loaves: recorded 1, now 2`);
    expect(byOlderRules).toBe(1);
  });

  it('of whatever rules must have planned what was performed', async () => {
    await using log = await recorded([{ loaves: 1, logicVersion: 1 }]);
    await perform(log, `${STREAM}/0/1`);
    expect((await verified(log, bakerOf(2, 2))).finding).toContain(`effect ${STREAM}/0/1 was performed without having been planned`);
  });
});
