import type { Leases } from './lease.js';
import { whileLeading } from './while-leading.js';

export type LeasePlace = AsyncDisposable & {
  /** One more participant in the same competition. */
  open(): Leases;
};

/** What all leases must do. */
export function leasesConformance(kind: string, openPlace: () => Promise<LeasePlace>): void {
  const never = () => new AbortController().signal;

  describe(`${kind}`, () => {
    it('has one holder per name, and gives it to the next one when it is released', async () => {
      await using place = await openPlace();
      await using a = place.open();
      await using b = place.open();
      const first = await a.hold('relay', { signal: never() });
      expect(first).toMatchObject({ epoch: 1, held: true });
      let second: unknown = null;
      const waiting = b.hold('relay', { signal: never() }).then((lease) => (second = lease));
      expect(await b.hold('other', { signal: never() })).toMatchObject({ epoch: 1, held: true });
      expect(second).toBeNull();
      await first?.release();
      expect(first).toMatchObject({ held: false, signal: { aborted: true } });
      expect(await waiting).toMatchObject({ epoch: 2, held: true });
    });

    it('stops competing when told to, and then takes nothing', async () => {
      await using place = await openPlace();
      await using a = place.open();
      const lease = await a.hold('relay', { signal: never() });
      const giveUp = new AbortController();
      const waiting = a.hold('relay', { signal: giveUp.signal });
      giveUp.abort();
      expect(await waiting).toBeNull();
      expect(await a.hold('relay', { signal: AbortSignal.abort() })).toBeNull();
      await lease?.release();
      expect(await a.hold('relay', { signal: never() })).toMatchObject({ epoch: 2 });
    });

    it('gives up what it holds when it is closed', async () => {
      await using place = await openPlace();
      await using b = place.open();
      const a = place.open();
      const lease = await a.hold('relay', { signal: never() });
      const waiting = b.hold('relay', { signal: never() });
      await a[Symbol.asyncDispose]();
      expect(lease?.held).toBe(false);
      expect(await waiting).toMatchObject({ epoch: 2 });
    });

    it.each([0, 1, 2])('gives up what it was about to win when it was closed (%i turns after it asked)', async (turns) => {
      await using place = await openPlace();
      await using b = place.open();
      const a = place.open();
      await (await a.hold('other', { signal: never() }))?.release(); // nothing is to be prepared any more
      const late = a.hold('relay', { signal: never() });
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await a[Symbol.asyncDispose]();
      expect((await late)?.held ?? false).toBe(false);
      expect(await b.hold('relay', { signal: never() })).toMatchObject({ held: true });
    });

    it('lets one work at a time, whoever comes and goes, with growing epochs', async () => {
      await using place = await openPlace();
      const epochs: number[] = [];
      let [working, workingMax] = [0, 0];
      const start = async ({ epoch }: { readonly epoch: number }): Promise<AsyncDisposable> => {
        workingMax = Math.max(workingMax, ++working);
        epochs.push(epoch);
        return { [Symbol.asyncDispose]: async () => void working-- };
      };
      const participants = Array.from({ length: 3 }, () => {
        const leases = place.open();
        return { leases, leadership: whileLeading(leases, 'fleet', start) };
      });
      for (let round = 0; round < 8; round++) {
        await until(() => participants.some(({ leadership }) => leadership.leading));
        const index = participants.findIndex(({ leadership }) => leadership.leading);
        const [leader] = participants.splice(index, 1);
        await leader?.leadership[Symbol.asyncDispose]();
        expect(leader?.leadership).toMatchObject({ leading: false, epoch: null });
        if (leader !== undefined) participants.push({ ...leader, leadership: whileLeading(leader.leases, 'fleet', start) });
      }
      await Promise.all(participants.map(({ leadership }) => leadership[Symbol.asyncDispose]()));
      await Promise.all(participants.map(({ leases }) => leases[Symbol.asyncDispose]()));
      expect(workingMax).toBe(1);
      expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b));
      expect(epochs.length).toBeGreaterThanOrEqual(8);
    });

    it('goes to somebody else when the work cannot be started', async () => {
      await using place = await openPlace();
      await using a = place.open();
      await using b = place.open();
      const errors: unknown[] = [];
      await using broken = whileLeading(a, 'fleet', async () => Promise.reject(new Error('no socket')), { onError: (error) => void errors.push(error) });
      await until(() => errors.length > 0);
      await using sound = whileLeading(b, 'fleet', async () => ({ [Symbol.asyncDispose]: async () => undefined }));
      await sound.started;
      expect(sound.leading).toBe(true);
      expect(broken.leading).toBe(false);
      // as often as it was tried until then
      expect(new Set(errors.map((error) => (error as Error).message))).toEqual(new Set(['no socket']));
    });
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
