export { openControlParts, type ControlParts, type ControlValues } from './control-parts.js';
export { PROJECTION_LAG_MAX_EVENTS, PROJECTION_STALL_MAX_MS, watchProjections } from './projection-readiness.js';
