import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PlatformLab } from './platform-lab.js';

const replay = fileURLToPath(new URL('../../../../tools/replay/dist/main.js', import.meta.url));
const node = fileURLToPath(new URL('../../../../node_modules/.bin/node', import.meta.url));

/** What an operator would run after an incident: `slipway-replay verify`. */
export function verifyLog(lab: PlatformLab): { readonly exitCode: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(node, [replay, 'verify'], { env: lab.environ, encoding: 'utf8' });
  return { exitCode: status, output: stdout + stderr };
}
