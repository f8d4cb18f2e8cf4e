import { command } from '../command.mjs';
import { prepareToRun } from '../prepare.mjs';
import { runScript } from '../run-script.mjs';

/** `npm start [-- options]`: the whole platform on this machine. */
export const start = (options) =>
  command(async () => runScript(await prepareToRun(), 'apps/standalone/dist/main.js', options));
