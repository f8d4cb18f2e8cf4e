import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './run-child.mjs';
import { pinnedEnvironment, ROOT, SetupError } from './workspace.mjs';

/** Runs a compiled script at the root of the clone; answers its exit code. */
export async function runScript(node, script, options) {
  const path = join(ROOT, script);
  if (!existsSync(path)) throw new SetupError(`There is no ${script}.`);
  const { code } = await runChild(node, ['--enable-source-maps', path, ...options], { cwd: ROOT, env: pinnedEnvironment(process.env) });
  return code;
}
