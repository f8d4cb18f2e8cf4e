import { openMemoryEventLog } from './memory-event-log.js';
import { orderDefinition } from './order-process.js';
import { startProcessRunner } from './process-runner.js';
import type { RunInSpan } from './run-in-span.js';

const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

describe('a process in the traces of its facts', () => {
  it('takes a fact and performs its effects in spans of that fact, and tells effects the trace', async () => {
    await using log = openMemoryEventLog();
    const spans: string[] = [];
    const told: (string | undefined)[] = [];
    const runInSpan: RunInSpan = (name, { parent, attributes }, run) => {
      spans.push(`${name} of ${String(attributes['slipway.process.key'])} in ${parent}`);
      return run();
    };
    let performed: () => void = () => undefined;
    const allPerformed = new Promise<void>((resolve) => (performed = resolve));
    const definition = orderDefinition(log, async (effect, { metadata }) => {
      told.push(metadata.traceparent);
      if (effect.type === 'ship') performed();
    });
    await using runner = startProcessRunner(definition, { log, runInSpan });
    const fact = { type: 'Ordered', version: 1, data: { item: 'hat' } };
    await log.append('order-1', [{ ...fact, id: 'e1', metadata: { traceparent: TRACEPARENT } }], 'none');
    await allPerformed;
    expect(await runner.waitFor(1, 60_000)).toBe(true);
    expect(told).toEqual([TRACEPARENT, TRACEPARENT]);
    expect(spans).toEqual([`order takes Ordered of 1 in ${TRACEPARENT}`, `order performs pack of 1 in ${TRACEPARENT}`, `order performs ship of 1 in ${TRACEPARENT}`]);
  });

  it('makes no span for what belongs to no trace', async () => {
    await using log = openMemoryEventLog();
    let spans = 0;
    const runInSpan: RunInSpan = (_name, _setup, run) => ((spans += 1), run());
    let performed: () => void = () => undefined;
    const allPerformed = new Promise<void>((resolve) => (performed = resolve));
    await using runner = startProcessRunner(orderDefinition(log, async ({ type }) => (type === 'ship' ? performed() : undefined)), { log, runInSpan });
    await log.append('order-1', [{ type: 'Ordered', version: 1, data: { item: 'hat' }, id: 'e1', metadata: {} }], 'none');
    await allPerformed;
    expect(await runner.waitFor(1, 60_000)).toBe(true);
    expect(spans).toBe(0);
  });
});
