import { leasesConformance } from './leases.conformance.js';
import { memoryLeases } from './memory-leases.js';

leasesConformance('leases in memory', async () => {
  const leases = memoryLeases();
  return { open: () => leases.competitor(), [Symbol.asyncDispose]: () => leases[Symbol.asyncDispose]() };
});
