import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { eventLogConformance } from './event-log.conformance.js';
import { startEventStoreDouble, type EventStoreDouble } from './eventstore-double/eventstore-double.js';
import { openEventStoreEventLog, type EventStoreEventLogOptions } from './eventstore-event-log.js';
import { ordinalLog } from './eventstore-ordinal-log.js';

const REAL_SERVER = process.env['EVENTSTORE_URL'];
const TEST_MS_MAX = 60_000; // 10 000 appends, one call each

jest.setTimeout(TEST_MS_MAX);

let double: EventStoreDouble | null = null;
let streamPrefix = '';
const serverUrl = () => REAL_SERVER ?? double?.connectionString ?? '';

beforeAll(async () => void (double = REAL_SERVER === undefined ? await startEventStoreDouble() : null));
afterAll(() => double?.stop());

const openPrefix = async (options: EventStoreEventLogOptions = {}) => {
  const [log, witness] = [await openEventStoreEventLog(serverUrl(), { ...options, streamPrefix }), await openEventStoreEventLog(serverUrl(), { streamPrefix })];
  return ordinalLog(log, witness);
};

eventLogConformance(`the EventStoreDB log, on ${REAL_SERVER === undefined ? 'the protocol double' : 'a real server'},`, {
  open: async (options) => {
    streamPrefix = `run-${randomUUID()}/`; // of its own each time, so that a server need not be empty
    return openPrefix(options);
  },
  reopen: () => openPrefix(),
});
