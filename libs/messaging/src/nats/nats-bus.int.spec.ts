import { busConformance } from '../conformance/bus.conformance.js';
import { signalsConformance } from '../conformance/signals.conformance.js';
import { describeWithNats, NatsLab } from '../testing/nats-lab.js';

describeWithNats('on a real nats-server', () => {
  busConformance('NATS', async () => {
    const lab = await NatsLab.start();
    return { bus: await lab.bus(), peer: await lab.bus(), [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
  });

  signalsConformance('NATS', async () => {
    const lab = await NatsLab.start();
    const [sender, receiver] = [await lab.connectedBus(), await lab.connectedBus()];
    return { sender: sender.signals, receiver: receiver.signals, lostOnTheWay: () => 0, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
  });
});
