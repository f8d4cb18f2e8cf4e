export { cliConfig, type CliConfig } from './config.js';
export { EXIT_CODES, type ExitCode } from './exit-codes.js';
export type { Machine } from './invocation.js';
export { runSlipway } from './slipway-program.js';
export { processTerminal, type Terminal } from './terminal.js';
