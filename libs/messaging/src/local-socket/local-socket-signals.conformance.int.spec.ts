import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signalsConformance, type SignalsUnderTest } from '../conformance/signals.conformance.js';
import type { Signals } from '../signals.js';
import { connectSignals } from './signal-client.js';
import { openSignalHub } from './signal-hub.js';

type Ends = (hub: Signals, one: Signals, other: Signals) => Pick<SignalsUnderTest, 'sender' | 'receiver' | 'lostOnTheWay'>;

async function open(ends: Ends): Promise<SignalsUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-signals-'));
  const path = join(folder, 'hub.sock');
  const hub = await openSignalHub({ path });
  const clients = [connectSignals({ path }), connectSignals({ path })] as const;
  await Promise.all(clients.map((client) => new Promise<void>((resolve) => client.onConnect(resolve))));
  return {
    ...ends(hub, ...clients),
    async [Symbol.asyncDispose]() {
      for (const signals of [...clients, hub]) await signals.close();
      await rm(folder, { recursive: true });
    },
  };
}

signalsConformance('hub to client', () => open((hub, client) => ({ sender: hub, receiver: client, lostOnTheWay: () => 0 })));
signalsConformance('client to hub', () => open((hub, client) => ({ sender: client, receiver: hub, lostOnTheWay: () => 0 })));
signalsConformance('client to client', () =>
  open((hub, one, other) => ({ sender: one, receiver: other, lostOnTheWay: () => hub.droppedCount })),
);
