import { join } from 'node:path';
import { build } from './build.mjs';
import { install, isInstalled } from './install.mjs';
import { nodeBinary } from './node-binary.mjs';
import { during } from './progress.mjs';
import { signalExitCode } from './run-child.mjs';
import { withSetupLock } from './setup-lock.mjs';
import { ROOT, SETUP_DIRECTORY, SetupError } from './workspace.mjs';

/** Installs if the packages are not the locked ones, telling `output`. Answers the Node to run everything else on. */
export async function prepareInstall(output = process.stdout) {
  if (!isInstalled(ROOT)) {
    await locked(output, async () => {
      if (isInstalled(ROOT)) return;
      await during('Installing packages (about a minute)', () => install(ROOT, join(SETUP_DIRECTORY, 'install.log')), output);
    });
  }
  return nodeBinary(ROOT, (line) => output.write(`${line}\n`));
}

/** Installs and builds what is not up to date. Answers the Node to run on, and the build's outcome. */
export async function prepareBuild(output = process.stdout) {
  const node = await prepareInstall(output);
  const built = await locked(output, () => during('Building', () => build(ROOT, node, join(SETUP_DIRECTORY, 'build.log')), output));
  if (built.stoppedBy) throw new SetupError('Stopped while building.', signalExitCode(built.stoppedBy));
  return { node, built };
}

/** As `prepareBuild`, for commands that need a whole build: a failed one ends them, its errors shown. */
export async function prepareToRun(output = process.stdout) {
  const { node, built } = await prepareBuild(output);
  if (built.code === 0) return node;
  process.stderr.write(built.output);
  throw new SetupError('The build failed.');
}

async function locked(output, work) {
  try {
    return await withSetupLock(SETUP_DIRECTORY, work, (pid) => output.write(`Waiting for another set-up of this clone${pid ? ` (process ${pid})` : ''} …\n`));
  } catch (error) {
    // A full disk, a folder of somebody else's, a program that is not there: nothing a stack would explain.
    if (error.syscall) throw new SetupError(`Cannot set up in ${ROOT}: ${error.message}.`);
    throw error;
  }
}
