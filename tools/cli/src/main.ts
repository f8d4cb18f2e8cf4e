#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { cliConfig } from './config.js';
import { INTERRUPTED_EXIT_CODE, runSlipway } from './slipway-program.js';
import { processTerminal } from './terminal.js';

// Whoever reads along may stop reading: `slipway events tiny | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const interruption = new AbortController();
process.on('SIGINT', () => {
  // The second Ctrl-C does not wait for anything to be put away.
  if (interruption.signal.aborted) process.exit(INTERRUPTED_EXIT_CODE);
  interruption.abort();
});
process.once('SIGTERM', () => process.exit(143));

const config = cliConfig();
const terminal = processTerminal(process, config.allowsColours);
const exitCode = await runSlipway(process.argv.slice(2), config, terminal, {
  nowMs: Date.now,
  newKey: () => `slipway-cli-${randomUUID()}`,
  sleep: (durationMs, signal) => sleep(durationMs, undefined, { signal }),
  interrupted: interruption.signal,
});
// Streams and sockets may still be open; nothing is said on them any more.
process.exit(exitCode);
