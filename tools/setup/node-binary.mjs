import { join } from 'node:path';
import { readStamp } from './install-stamp.mjs';
import { SetupError } from './workspace.mjs';

/** The Node release line that Slipway is built and tested on. */
const NODE_MAJOR = 24;

/** The Node to run on: the pinned one, else the one that runs us when it is new enough, which `say` is told. */
export function nodeBinary(root, say = () => {}, self = { version: process.version, path: process.execPath }) {
  const pinned = join(root, 'node_modules', '.bin', 'node');
  if (readStamp(root)?.hasNode) return pinned;
  const place = `${process.platform}-${process.arch}`;
  if (Number(self.version.slice(1).split('.')[0]) >= NODE_MAJOR) {
    say(`No packaged Node runs on ${place}: using the installed Node ${self.version}.`);
    return self.path;
  }
  throw new SetupError(`No packaged Node runs on ${place}, and this is ${self.version}: install Node ${NODE_MAJOR} or newer and start again.`);
}
