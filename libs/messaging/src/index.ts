export { DELIVERY_QUEUE_MAX, SEND_QUEUE_MAX, SIGNAL_MAX_BYTES, type Signals, type Unsubscribe } from './signals.js';
export { openSignalHub, HUB_CLIENTS_MAX, SUBSCRIPTIONS_PER_CLIENT_MAX } from './local-socket/signal-hub.js';
export { connectSignals, RECONNECT_FIRST_MS, RECONNECT_MAX_MS, type SignalClient } from './local-socket/signal-client.js';
export { createMemorySignals } from './memory-signals.js';
export { PROXY_GONE_AFTER_MS, ProxyFleet, type ProxyReport } from './proxy-fleet.js';
