export { openBus, openFollowedLog, openLog, type LogAndBusUrls } from './followed-log.js';
export { factOf, liveFactOf } from './fact-of-event.js';
export { feedFacts, FEED_RETRY_MS, readerName } from './fact-feed.js';
export { relaySourceOf } from './relay-source.js';
export { isLasting } from './lasting-errors.js';
export { observeLease } from './lease-gauge.js';
