import { closeSync, openSync, readFileSync } from 'node:fs';
import { runChild } from './run-child.mjs';
import { pinnedEnvironment } from './workspace.mjs';

/**
 * Type-checks and compiles what has changed in all projects. Answers `{ code, output, stoppedBy }`; the compiler's output is kept in
 * `logFile` as well.
 */
export async function build(root, node, logFile) {
  const log = openSync(logFile, 'w');
  try {
    const ended = await runChild(node, ['node_modules/typescript7/bin/tsc', '-b'], {
      cwd: root,
      env: pinnedEnvironment(process.env),
      stdio: ['ignore', log, log],
    });
    return { ...ended, output: readFileSync(logFile, 'utf8') };
  } finally {
    closeSync(log);
  }
}
