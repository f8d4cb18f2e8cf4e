export { EXIT_CODES, type ExitCode } from './exit-codes.js';
export { runReplay } from './replay-program.js';
export type { ReplayConfig } from './config.js';
export type { Terminal } from './terminal.js';
