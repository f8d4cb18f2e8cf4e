import { command } from '../command.mjs';
import { prepareToRun } from '../prepare.mjs';
import { runScript } from '../run-script.mjs';
import { SetupError } from '../workspace.mjs';

/** `run.mjs <compiled script> [options]`: a tool of this repository, its path seen from the root. */
export const run = ([script, ...options]) =>
  command(async () => {
    if (script === undefined) throw new SetupError('Name the compiled script to run, for instance tools/replay/dist/main.js.');
    // What a tool prints may be read by another program.
    return runScript(await prepareToRun(process.stderr), script, options);
  });
