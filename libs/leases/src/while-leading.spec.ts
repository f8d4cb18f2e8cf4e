import { alwaysLeading } from './always-leading.js';
import { memoryLeases } from './memory-leases.js';
import { whileLeading, type LeaseInHand } from './while-leading.js';

/** Work that writes down what happens to it. */
function work() {
  const happened: string[] = [];
  const start = async ({ epoch }: LeaseInHand): Promise<AsyncDisposable> => {
    happened.push(`started ${epoch}`);
    return { [Symbol.asyncDispose]: async () => void happened.push(`stopped ${epoch}`) };
  };
  return { happened, start };
}

describe('work under a lease', () => {
  it('runs while the lease is held, stops when it is lost, and runs again when it is won again', async () => {
    const leases = memoryLeases();
    const { happened, start } = work();
    const changes: boolean[] = [];
    const leadership = whileLeading(leases, 'fleet', start, { onChange: (leading) => void changes.push(leading) });
    await leadership.started;
    expect(leadership).toMatchObject({ leading: true, epoch: 1 });
    leases.revoke('fleet');
    await until(() => leadership.epoch === 2);
    await leadership[Symbol.asyncDispose]();
    expect(happened).toEqual(['started 1', 'stopped 1', 'started 2', 'stopped 2']);
    expect(changes).toEqual([true, false, true, false]);
  });

  it('is stopped before the lease is given up, and holds the lease until it has stopped', async () => {
    const leases = memoryLeases();
    let inHand: LeaseInHand | null = null;
    let heldAtTheEnd = false;
    const leadership = whileLeading(leases, 'fleet', async (lease) => {
      inHand = lease;
      return { [Symbol.asyncDispose]: async () => void (heldAtTheEnd = lease.held && !lease.signal.aborted) };
    });
    await leadership.started;
    await leadership[Symbol.asyncDispose]();
    expect(heldAtTheEnd).toBe(true);
    expect(inHand).toMatchObject({ held: false, signal: { aborted: true } });
  });

  it('is stopped again when the lease was lost while it was being started', async () => {
    const leases = memoryLeases();
    const { happened, start } = work();
    const changes: boolean[] = [];
    const late = async (lease: LeaseInHand) => {
      if (lease.epoch === 1) leases.revoke('fleet');
      return start(lease);
    };
    await using leadership = whileLeading(leases, 'fleet', late, { onChange: (leading) => void changes.push(leading) });
    await leadership.started;
    expect(leadership.epoch).toBe(2);
    expect(happened).toEqual(['started 1', 'stopped 1', 'started 2']);
    expect(changes).toEqual([true]);
  });

  it('runs at once and for good where there is nobody to compete with', async () => {
    const { happened, start } = work();
    {
      await using leadership = whileLeading(alwaysLeading, 'fleet', start);
      await leadership.started;
      expect(leadership).toMatchObject({ leading: true, epoch: 1 });
    }
    expect(happened).toEqual(['started 1', 'stopped 1']);
  });

  it('ends without ever having run when it is closed while it competes', async () => {
    const leases = memoryLeases();
    const { happened, start } = work();
    await using first = whileLeading(leases, 'fleet', start);
    await first.started;
    const second = whileLeading(leases, 'fleet', start);
    await second[Symbol.asyncDispose]();
    await second.started;
    expect(happened).toEqual(['started 1']);
  });

  it('can be made to run without the lease, to see what two of them do', async () => {
    const leases = memoryLeases();
    const { happened, start } = work();
    await using first = whileLeading(leases, 'relay', start);
    await using forced = whileLeading(leases, 'relay', start, { force: true });
    await Promise.all([first.started, forced.started]);
    expect([first.leading, forced.leading, forced.epoch]).toEqual([true, true, 0]);
    expect(happened.sort()).toEqual(['started 0', 'started 1']);
  });

  it('comes to rest when the leases are closed under it', async () => {
    const leases = memoryLeases();
    const { start } = work();
    await using leadership = whileLeading(leases, 'fleet', start);
    await leadership.started;
    await leases[Symbol.asyncDispose]();
    await until(() => !leadership.leading);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
