export { relaySettings } from './config.js';
