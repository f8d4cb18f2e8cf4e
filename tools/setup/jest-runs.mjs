import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { runChild } from './run-child.mjs';
import { countRun } from './test-totals.mjs';
import { pinnedEnvironment } from './workspace.mjs';

/** What one worker with the whole stack loaded may need. */
const WORKER_MEMORY_BYTES = 1.5 * 1024 ** 3;
/** Real servers and processes take their time on slow and busy machines; a test that hangs still ends. */
const TEST_TIMEOUT_MS = 180_000;
const END_TO_END_TIMEOUT_MS = 1_200_000;
/** Jest waits for whatever a test left running; by then all results are written. */
const LEFT_RUNNING_MS = 120_000;
const NODE_OPTIONS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

const workers = () => Math.max(1, Math.min(Math.max(2, availableParallelism() - 1), Math.floor(totalmem() / WORKER_MEMORY_BYTES)));

const endToEnd = (name, shape) => ({
  name,
  environment: { SLIPWAY_E2E_SHAPE: shape },
  options: () => ['--runInBand', '--testMatch=**/src/**/*.e2e.spec.ts', '--testPathIgnorePatterns=/node_modules/', `--testTimeout=${END_TO_END_TIMEOUT_MS}`],
});

/** The very same tests as on one machine, with the log in either store. */
export const CLUSTER_RUNS = [
  endToEnd('end-to-end tests of a cluster with its log on Postgres', 'cluster-postgres'),
  endToEnd('end-to-end tests of a cluster with its log on EventStoreDB', 'cluster-eventstore'),
];

/** Tests of the whole system use every core themselves, so they come afterwards and one at a time. */
export const JEST_RUNS = [
  { name: 'unit and integration tests', environment: {}, options: () => [`--maxWorkers=${workers()}`, `--testTimeout=${TEST_TIMEOUT_MS}`] },
  endToEnd('end-to-end tests', 'one-machine'),
];

/** Runs the tests of every project once; `narrowing` is passed on to Jest. Answers `{ code, stoppedBy, counts }`. */
export async function runJest(root, node, resultDirectory, { name, environment, options }, narrowing) {
  const resultFile = join(resultDirectory, `${name.replaceAll(' ', '-')}.json`);
  rmSync(resultFile, { force: true });
  const jest = [join(root, 'node_modules/jest/bin/jest.js'), '--passWithNoTests', '--json', `--outputFile=${resultFile}`];
  const stop = new AbortController();
  const watch = stopWhenLeftRunning(resultFile, stop);
  try {
    const spawnOptions = { cwd: root, env: { ...pinnedEnvironment(process.env), ...environment }, signal: stop.signal, killSignal: 'SIGKILL' };
    const ended = await runChild(node, [...NODE_OPTIONS, ...jest, ...options(), ...narrowing], spawnOptions);
    return { ...ended, counts: countRun(name, readResult(resultFile)) };
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
    process.stdout.write(`✘ A test of the ${name} left something running, which kept them from ending.\n`);
    return { code: 1, counts: countRun(name, readResult(resultFile)) };
  } finally {
    clearInterval(watch);
  }
}

function stopWhenLeftRunning(resultFile, stop) {
  let writtenAt;
  return setInterval(() => {
    if (!existsSync(resultFile)) return;
    writtenAt ??= Date.now();
    if (Date.now() - writtenAt > LEFT_RUNNING_MS) stop.abort();
  }, 1_000);
}

function readResult(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
