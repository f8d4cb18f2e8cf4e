#!/usr/bin/env node
import { replayConfig } from './config.js';
import { runReplay } from './replay-program.js';
import { processTerminal } from './terminal.js';

// Whoever reads along may stop reading: `slipway-replay show … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

for (const [signal, exitCode] of [['SIGINT', 130], ['SIGTERM', 143]] as const) process.once(signal, () => process.exit(exitCode));

const terminal = processTerminal(process.stdin, process.stdout, process.stderr, Date.now);
process.exitCode = await runReplay(process.argv.slice(2), replayConfig(), terminal);
