import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { readStamp, removeStamp, wantedPackages, writeStamp } from './install-stamp.mjs';
import { runChild, signalExitCode } from './run-child.mjs';
import { outerEnvironment, SetupError } from './workspace.mjs';

// A production environment or a strict engine check of the user's own would leave out what the build needs: the pinned Node comes with it.
const NPM_ARGUMENTS = ['ci', '--include=dev', '--include=optional', '--engine-strict=false', '--no-audit', '--no-fund'];

export const isInstalled = (root) => readStamp(root)?.packages === wantedPackages(root);

/** Installs exactly the locked packages. npm's output goes to `logFile`; fails with a SetupError that names it. */
export async function install(root, logFile, env = process.env) {
  const packages = wantedPackages(root);
  removeStamp(root);
  const { code, stoppedBy } = await runNpm(root, logFile, outerEnvironment(env), env);
  if (stoppedBy) throw new SetupError('Stopped while installing packages; the next start takes it up again.', signalExitCode(stoppedBy));
  if (code !== 0) throw new SetupError(`Installing packages failed: ${reasonIn(logFile, code)}. npm's output is in ${relative(root, logFile)}.`);
  writeStamp(root, { packages, hasNode: pinnedNodeRuns(root) });
}

async function runNpm(root, logFile, npmEnv, env) {
  mkdirSync(join(logFile, '..'), { recursive: true });
  const log = openSync(logFile, 'w');
  try {
    const [command, ...before] = npmCommand(npmEnv, env);
    return await runChild(command, [...before, ...NPM_ARGUMENTS], { cwd: root, env: npmEnv, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

/** npm of the outer PATH, or the one that started us when it is on no PATH. */
function npmCommand(npmEnv, env) {
  const onPath = npmEnv.PATH.split(delimiter).some((directory) => existsSync(join(directory, 'npm')));
  if (onPath) return ['npm'];
  if (env.npm_execpath && env.npm_node_execpath) return [env.npm_node_execpath, env.npm_execpath];
  throw new SetupError('Installing packages failed: there is no npm on the PATH.');
}

function reasonIn(logFile, code) {
  const said = readFileSync(logFile, 'utf8')
    .split('\n')
    .map((line) => /^npm (?:error|ERR!) (?!code |errno |syscall |A complete log)(.+)$/.exec(line)?.[1]?.trim())
    .find(Boolean);
  return said ?? `npm ended with code ${code}`;
}

/** Not every platform has a packaged Node, and where there is one it may not run (it needs glibc). */
function pinnedNodeRuns(root) {
  const path = join(root, 'node_modules', '.bin', 'node');
  return existsSync(path) && spawnSync(path, ['--version']).status === 0;
}
