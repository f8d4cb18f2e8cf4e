import type { ForwardEngineFactory } from '../forward-engine.js';
import { createHttp1ForwardEngine } from '../http1-forward-engine.js';
import { createNodeForwardEngine } from '../node-forward-engine.js';

/** Every engine there is: what is promised of forwarding is promised of each. */
export const ENGINES: readonly { readonly name: string; readonly engine: ForwardEngineFactory }[] = [
  { name: 'our own HTTP/1.1', engine: createHttp1ForwardEngine },
  { name: 'node:http and undici', engine: createNodeForwardEngine },
];
