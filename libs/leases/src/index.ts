export { alwaysLeading } from './always-leading.js';
export { LeaseLostError, type HoldOptions, type Lease, type Leases } from './lease.js';
export { memoryLeases, type MemoryLeases } from './memory-leases.js';
export { START_RETRY_MS, START_RETRY_MS_MAX, whileLeading, type LeaseInHand, type Leadership, type LeadershipOptions } from './while-leading.js';
