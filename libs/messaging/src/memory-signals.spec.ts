import { signalsConformance } from './conformance/signals.conformance.js';
import { createMemorySignals } from './memory-signals.js';

signalsConformance('one process', async () => {
  const signals = createMemorySignals();
  return { sender: signals, receiver: signals, lostOnTheWay: () => 0, [Symbol.asyncDispose]: () => signals.close() };
});
