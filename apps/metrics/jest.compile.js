import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const compiler = fileURLToPath(new URL('../../node_modules/typescript7/bin/tsc', import.meta.url));
const project = fileURLToPath(new URL('../engine/', import.meta.url));

/** Tests read a real engine process, which runs compiled files. */
export default function compileEngine() {
  execFileSync(process.execPath, [compiler, '-b', project], { stdio: 'inherit' });
}
