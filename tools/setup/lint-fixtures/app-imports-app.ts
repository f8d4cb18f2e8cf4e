// as apps/registry/src/forbidden.ts
import { startGateway } from '@slipway/gateway';

export const start = startGateway;
