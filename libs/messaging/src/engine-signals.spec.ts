import { ENGINES_PER_READING_MAX } from '@slipway/contracts';
import { NO_ENGINE, type Json } from '@slipway/domain';
import { hearEngines, tellEngines, type ReadEngine } from './engine-signals.js';
import { createMemorySignals } from './memory-signals.js';
import { SIGNAL_MAX_BYTES } from './signals.js';

const engine = (index: number): ReadEngine => ({ replicaId: `d-${index}`, point: { ...NO_ENGINE, coveredMs: 5_000, promptTokens: index, gauges: { ...NO_ENGINE.gauges, kvCacheUsage: 0.5 } } });
const delivered = () => new Promise((resolve) => setImmediate(resolve));

describe('what engines tell', () => {
  it('is heard until one stops listening, however many engines there are', async () => {
    const signals = createMemorySignals();
    const heard: ReadEngine[] = [];
    const stop = hearEngines(signals, (one) => heard.push(one));
    const engines = Array.from({ length: 2 * ENGINES_PER_READING_MAX + 1 }, (_, index) => engine(index));
    tellEngines(signals, engines);
    await delivered();
    expect(heard).toEqual(engines);
    expect(signals.droppedCount).toBe(0);
    stop();
    tellEngines(signals, engines);
    await delivered();
    expect(heard).toHaveLength(engines.length);
    await signals.close();
  });

  it('fits into a signal, with the longest numbers there are', () => {
    const long = 1.7976931348623157e308;
    const counts = NO_ENGINE.latency.map(() => long);
    const gauges = Object.fromEntries(Object.keys(NO_ENGINE.gauges).map((name) => [name, long]));
    const point = { ...NO_ENGINE, latency: counts, timeToFirstToken: counts, timePerOutputToken: counts, gauges };
    const engines = Array.from({ length: ENGINES_PER_READING_MAX }, () => ({ replicaId: 'd'.repeat(200), point }));
    expect(Buffer.byteLength(JSON.stringify({ engines }))).toBeLessThan(SIGNAL_MAX_BYTES);
  });

  it('is dropped when it is no reading', async () => {
    const signals = createMemorySignals();
    const heard: ReadEngine[] = [];
    hearEngines(signals, (one) => heard.push(one));
    for (const payload of [null, {}, { engines: [{ replicaId: 'd-0' }] }, { engines: [{ ...engine(0), point: { ...NO_ENGINE, latency: [1] } }] }]) signals.publish('engine.readings', payload as Json);
    await delivered();
    expect(heard).toEqual([]);
    await signals.close();
  });
});
