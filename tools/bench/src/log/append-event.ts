import { serializeEvent } from '@slipway/contracts';
import type { NewEvent } from '@slipway/event-log';
import { randomUUID } from 'node:crypto';

const STORED = serializeEvent({
  type: 'ReplicaLaunched',
  deploymentId: '0198a000-0000-7000-8000-000000000001',
  revisionId: '0198a000-0000-7000-8000-00000000000a',
  attempt: 1,
  endpoint: 'http://127.0.0.1:41001',
  handle: '{"pid":4711,"startedAt":"2026-01-01T00:00:00.000Z","output":"replica-0198a000.log"}',
  atMs: Date.UTC(2026, 0, 1),
});

/** One event of the size that most have: 0.3 KB of data, and who caused it through what. */
export function appendEvent(): NewEvent {
  return { ...STORED, id: randomUUID(), metadata: { actor: 'fleet', correlationId: CAUSE, causationId: CAUSE, commandId: CAUSE } };
}

const CAUSE = '0198a000-0000-7000-8000-0000000000c0';
