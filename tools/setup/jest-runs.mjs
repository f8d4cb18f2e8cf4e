import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { runChild } from './run-child.mjs';
import { countRun } from './test-totals.mjs';
import { pinnedEnvironment } from './workspace.mjs';

/** What one worker with the whole stack loaded may need. */
const WORKER_MEMORY_BYTES = 1.5 * 1024 ** 3;
const NODE_OPTIONS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

const workers = () => Math.max(1, Math.min(Math.max(2, availableParallelism() - 1), Math.floor(totalmem() / WORKER_MEMORY_BYTES)));

/** Tests of the whole system use every core themselves, so they come afterwards and one at a time. */
export const JEST_RUNS = [
  { name: 'unit and integration tests', options: () => [`--maxWorkers=${workers()}`] },
  { name: 'end-to-end tests', options: () => ['--runInBand', '--testMatch=**/src/**/*.e2e.spec.ts', '--testPathIgnorePatterns=/node_modules/'] },
];

/** Runs the tests of every project once; `narrowing` is passed on to Jest. Answers `{ code, stoppedBy, counts }`. */
export async function runJest(root, node, resultDirectory, { name, options }, narrowing) {
  const resultFile = join(resultDirectory, `${name.replaceAll(' ', '-')}.json`);
  rmSync(resultFile, { force: true });
  const jest = [join(root, 'node_modules/jest/bin/jest.js'), '--passWithNoTests', '--json', `--outputFile=${resultFile}`];
  const ended = await runChild(node, [...NODE_OPTIONS, ...jest, ...options(), ...narrowing], { cwd: root, env: pinnedEnvironment(process.env) });
  return { ...ended, counts: countRun(name, readResult(resultFile)) };
}

function readResult(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
