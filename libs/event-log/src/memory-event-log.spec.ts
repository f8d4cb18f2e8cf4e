import { eventLogConformance } from './event-log.conformance.js';
import { openMemoryEventLog } from './memory-event-log.js';

eventLogConformance('the memory log', { open: async (options) => openMemoryEventLog(options) });
