import { causeOf } from '../lifecycle/cause-of-error.js';
import type { ReadinessCheck } from './readiness.js';

/** How far a projection is behind the log. */
export type Lag = { readonly behindEvents: number; readonly behindMs: number };

/** Further behind than this, answers are too old to give. */
export const LAG_EVENTS_MAX = 10_000;
/** Behind for longer than this, in milliseconds, answers are too old to give. */
export const LAG_MS_MAX = 10_000;

/** Ready while what is read is recent enough; says how far it is behind either way. */
export function lagCheck(name: string, read: () => Lag | Promise<Lag>, limits: { readonly eventsMax?: number; readonly msMax?: number } = {}): ReadinessCheck {
  const { eventsMax = LAG_EVENTS_MAX, msMax = LAG_MS_MAX } = limits;
  return {
    name,
    async check() {
      const { behindEvents, behindMs } = await read();
      return { ready: behindEvents <= eventsMax && behindMs <= msMax, detail: `${behindEvents} events, ${Math.round(behindMs)} ms behind` };
    },
  };
}

/** Ready while it answers: a database, a broker, a log. `ask` fails with the reason otherwise. */
export function answersCheck(name: string, ask: () => Promise<unknown>): ReadinessCheck {
  return {
    name,
    async check() {
      try {
        await ask();
        return { ready: true };
      } catch (error) {
        return { ready: false, detail: causeOf(error).message };
      }
    },
  };
}
