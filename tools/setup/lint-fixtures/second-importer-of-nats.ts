// as apps/proxy/src/forbidden.ts
import { connect } from '@nats-io/transport-node';

export const open = connect;
