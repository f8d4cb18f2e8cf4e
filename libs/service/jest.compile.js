import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const compiler = fileURLToPath(new URL('../../node_modules/typescript7/bin/tsc', import.meta.url));
const project = fileURLToPath(new URL('.', import.meta.url));

/** Tests start a service as a real process, which runs compiled files. */
export default function compileService() {
  execFileSync(process.execPath, [compiler, '-b', project], { stdio: 'inherit' });
}
