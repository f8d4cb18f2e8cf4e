import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { readConfig } from './config.js';
import { createEngineProcess } from './engine-process.js';
import { EXIT } from './exit-codes.js';
import { createLogLine } from './log-line.js';
import { USAGE } from './usage-text.js';

const configured = readConfig(process.argv.slice(2));
if (configured === 'help') {
  process.stdout.write(USAGE);
} else if ('usage' in configured) {
  fail(EXIT.usage, `${configured.usage} (--help lists all options)`);
} else {
  const engine = createEngineProcess(configured.config, createLogLine());
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(128 + constants.signals[signal]);
      stopping = true;
      void engine.stop(signal).then(() => process.exit(EXIT.done));
    });
  }
  const failure = await engine.start();
  if (failure !== null && !stopping) fail(failure.exitCode, failure.message);
}

/** One line, written before the process is gone. */
function fail(exitCode: number, message: string): never {
  try {
    writeSync(process.stderr.fd, `engine: ${message}\n`);
  } catch {
    // nobody reads: the exit code says it all the same
  }
  process.exit(exitCode);
}
