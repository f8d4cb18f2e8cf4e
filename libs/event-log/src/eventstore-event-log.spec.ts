import { randomUUID } from 'node:crypto';
import type { EventLog } from './event-log.js';
import { eventLogConformance } from './event-log.conformance.js';
import { startEventStoreDouble, type EventStoreDouble } from './eventstore-double/eventstore-double.js';
import { openEventStoreEventLog, type EventStoreEventLogOptions } from './eventstore-event-log.js';
import { ordinalLog } from './eventstore-ordinal-log.js';

const REAL_SERVER = process.env['EVENTSTORE_URL'];
const TEST_MS_MAX = 240_000; // 10 000 appends, one call each
(import.meta as ImportMeta & { readonly jest: { setTimeout(ms: number): void } }).jest.setTimeout(TEST_MS_MAX);

const doubles: EventStoreDouble[] = [];
afterEach(async () => void (await Promise.all(doubles.splice(0).map((double) => double.stop()))));

/** A double of its own for each log; a real server keeps what it has, so there each log has a prefix of its own. */
let place: { readonly connectionString: string; readonly streamPrefix: string };
async function newPlace() {
  if (REAL_SERVER !== undefined) return { connectionString: REAL_SERVER, streamPrefix: `run-${randomUUID()}/` };
  const double = await startEventStoreDouble();
  doubles.push(double);
  return { connectionString: double.connectionString, streamPrefix: '' };
}

async function openPlace(options: EventStoreEventLogOptions = {}): Promise<EventLog> {
  const { connectionString, streamPrefix } = place;
  const log = await openEventStoreEventLog(connectionString, { ...options, streamPrefix });
  return ordinalLog(log, await openEventStoreEventLog(connectionString, { streamPrefix }));
}

eventLogConformance(`the EventStoreDB log, on ${REAL_SERVER === undefined ? 'the protocol double' : 'a real server'},`, {
  open: async (options) => {
    place = await newPlace();
    return openPlace(options);
  },
  reopen: () => openPlace(),
});
