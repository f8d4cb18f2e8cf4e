import { fileURLToPath } from 'node:url';

/** The compiled program that runs an engine: `node <engineMainPath> --model …`; see its `--help`. */
export const engineMainPath = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export { EXIT as engineExitCodes } from './exit-codes.js';
