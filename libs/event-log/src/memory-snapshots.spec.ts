import { openMemorySnapshots } from './memory-snapshots.js';
import { snapshotsConformance } from './snapshots.conformance.js';

snapshotsConformance('memory', async () => openMemorySnapshots());
