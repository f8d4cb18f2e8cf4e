// as tools/replay/src/forbidden.ts
import { startGateway } from '@slipway/gateway';

export const start = startGateway;
