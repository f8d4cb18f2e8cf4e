import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openMemoryEventLog, type EventLog, type EventMetadata, type LiveFact, type NewEvent } from '@slipway/event-log';
import { startTelemetry, withSpan, type Telemetry } from '@slipway/service/process';
import { offerInTrace } from './received-fact.js';
import { tracedLog } from './traced-log.js';

const TRACE_ID = 'a'.repeat(32);
const PARENT = `00-${TRACE_ID}-${'b'.repeat(16)}-01`;
const event = (metadata: EventMetadata, type = 'Happened'): NewEvent => ({ id: `e-${type}`, type, version: 1, data: {}, metadata });

async function recorded(log: EventLog): Promise<readonly EventMetadata[]> {
  return (await Array.fromAsync(log.readAll())).map(({ metadata }) => metadata);
}

function received(metadata: EventMetadata, type?: string): EventMetadata | undefined {
  const offered: LiveFact[] = [];
  const fact = { ...event(metadata, type), streamId: 'order-1', revision: 0, position: 4, previousPosition: 3, recordedAtMs: 1 };
  offerInTrace({ offer: (one) => void offered.push(one) }, fact);
  return offered[0]?.event.metadata;
}

describe('without telemetry', () => {
  it('what is appended and received keeps the trace it came with', async () => {
    await using log = openMemoryEventLog();
    await tracedLog(log).append('order-1', [event({ traceparent: PARENT })], 'none');
    expect(await recorded(log)).toEqual([{ traceparent: PARENT }]);
    expect(received({ traceparent: PARENT })).toEqual({ traceparent: PARENT });
  });
});

describe('with telemetry', () => {
  const collector = createServer((request, response) => void request.resume().on('end', () => response.end('{}')));
  let telemetry: Telemetry;
  beforeAll(async () => {
    await once(collector.listen(0, '127.0.0.1'), 'listening');
    const otlpEndpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    telemetry = await startTelemetry({ serviceName: 'test', instance: 'test', enabled: true, otlpEndpoint });
  });
  afterAll(async () => {
    await telemetry.close();
    collector.closeAllConnections();
    await new Promise((resolve) => collector.close(resolve));
  });

  it('an append has a span of its own in the trace its events carry, and they carry that', async () => {
    await using log = openMemoryEventLog();
    const outcome = await tracedLog(log).append('order-1', [event({ actor: 'ada', traceparent: PARENT })], 'none');
    expect(outcome).toEqual({ appended: { revision: 0, position: 1 } });
    const [metadata] = await recorded(log);
    expect(metadata).toEqual({ actor: 'ada', traceparent: expect.stringMatching(`^00-${TRACE_ID}-[\\da-f]{16}-01$`) as string });
    expect(metadata?.traceparent).not.toBe(PARENT);
  });

  it('an append belongs to what is under way rather than to what its events say', async () => {
    await using log = openMemoryEventLog();
    const other = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
    await withSpan('work', { parent: PARENT }, () => tracedLog(log).append('order-1', [event({ traceparent: other })], 'none'));
    expect((await recorded(log))[0]?.traceparent).toContain(TRACE_ID);
  });

  it('what belongs to no trace starts none', async () => {
    await using log = openMemoryEventLog();
    await tracedLog(log).append('order-1', [event({ actor: 'ada' })], 'none');
    expect(await recorded(log)).toEqual([{ actor: 'ada' }]);
    expect(received({ actor: 'ada' })).toEqual({ actor: 'ada' });
  });

  it('a conflict and a failure come through', async () => {
    await using log = openMemoryEventLog();
    const traced = tracedLog(log);
    await traced.append('order-1', [event({ traceparent: PARENT })], 'none');
    expect(await traced.append('order-1', [{ ...event({ traceparent: PARENT }), id: 'other' }], 'none')).toEqual({ conflict: { actualRevision: 0 } });
    await expect(traced.append('order-1', [{ ...event({ traceparent: PARENT }), version: 0 }], 'any')).rejects.toThrow();
  });

  it('a received fact is followed in a span of its trace; what processes write for themselves is not', () => {
    expect(received({ traceparent: PARENT })?.traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-(?!b{16})[\\da-f]{16}-01$`));
    expect(received({ traceparent: PARENT }, 'ProcessInputTaken')).toEqual({ traceparent: PARENT });
  });
});
