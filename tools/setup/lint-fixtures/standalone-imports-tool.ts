// as apps/standalone/src/forbidden.ts
import { replay } from '@slipway/replay';

export const again = replay;
