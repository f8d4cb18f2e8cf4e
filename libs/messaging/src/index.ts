export { DELIVERY_QUEUE_MAX, SEND_QUEUE_MAX, SIGNAL_MAX_BYTES, type Signals, type Unsubscribe } from './signals.js';
export { openSignalHub, HUB_CLIENTS_MAX, SUBSCRIPTIONS_PER_CLIENT_MAX } from './local-socket/signal-hub.js';
export { connectSignals, RECONNECT_FIRST_MS, RECONNECT_MAX_MS, type SignalClient } from './local-socket/signal-client.js';
export { createMemorySignals } from './memory-signals.js';
export { hearEngines, tellEngines, type ReadEngine } from './engine-signals.js';
export { hearTraffic } from './traffic-signals.js';
export { PROXY_GONE_AFTER_MS, ProxyFleet, type ProxyReport } from './proxy-fleet.js';
export {
  PUBLISH_IN_FLIGHT_MAX,
  READ_AHEAD_FACTS_MAX,
  type Bus,
  type BusStatus,
  type FactMark,
  type FactsOptions,
  type PublishOutcome,
} from './bus.js';
export { BusClosedError, BusSetupError, BusUnreachableError, BusVersionError, type BusError } from './bus-errors.js';
export { createMemoryBus, MEMORY_BUS_FACTS_MAX } from './memory-bus.js';
