import { SetupError } from './workspace.mjs';

/** Runs one command and ends with the exit code it answers; what a person can act on is one line, anything else a bug with its stack. */
export async function command(run) {
  try {
    process.exitCode = await run();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
