import { ENGINES_PER_READING_MAX, signalContracts } from '@slipway/contracts';
import type { EnginePoint } from '@slipway/domain';
import type { Signals, Unsubscribe } from './signals.js';

export type ReadEngine = { readonly replicaId: string; readonly point: EnginePoint };

/** Tells what one round of readings brought. */
export function tellEngines(signals: Pick<Signals, 'publish'>, engines: readonly ReadEngine[]): void {
  for (let first = 0; first < engines.length; first += ENGINES_PER_READING_MAX)
    signals.publish('engine.readings', { engines: engines.slice(first, first + ENGINES_PER_READING_MAX) });
}

/** Hears what engines told. What is no reading is dropped: anybody with the bus's password may have sent it. */
export function hearEngines(signals: Pick<Signals, 'subscribe'>, onEngine: (engine: ReadEngine) => void): Unsubscribe {
  return signals.subscribe('engine.readings', (payload) => {
    const readings = signalContracts['engine.readings'].schema.safeParse(payload);
    if (readings.success) readings.data.engines.forEach(onEngine);
  });
}
