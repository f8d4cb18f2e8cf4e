// as libs/event-log/src/forbidden.ts
import { EventStoreDBClient } from '@eventstore/db-client';

export const client = EventStoreDBClient;
