// as libs/contracts/src/forbidden.ts
import type { EventLog } from '@slipway/event-log';

export type Log = EventLog;
