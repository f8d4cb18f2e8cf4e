// as apps/standalone/src/allowed.ts
import { startGateway } from '@slipway/gateway';

export const start = startGateway;
