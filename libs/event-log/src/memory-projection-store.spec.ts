import { openMemoryProjectionStore } from './memory-projection-store.js';
import { projectionStoreConformance } from './projection-store.conformance.js';

projectionStoreConformance('the memory store', async () => ({ ...openMemoryProjectionStore(), [Symbol.asyncDispose]: async () => undefined }));
