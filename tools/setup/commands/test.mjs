import { command } from '../command.mjs';
import { CLUSTER_RUNS, JEST_RUNS, runJest } from '../jest-runs.mjs';
import { lint } from '../lint.mjs';
import { prepareBuild } from '../prepare.mjs';
import { during } from '../progress.mjs';
import { signalExitCode } from '../run-child.mjs';
import { fetchServers, missingLines, missingServers } from '../servers.mjs';
import { totalsLine } from '../test-totals.mjs';
import { ROOT, SETUP_DIRECTORY, SetupError } from '../workspace.mjs';

const say = (line) => process.stdout.write(`${line}\n`);

/** `npm run test:cluster`: the end-to-end tests in the shape of a cluster alone. */
export const testCluster = (narrowing) =>
  command(async () => {
    const begun = Date.now();
    const { node, built } = await prepareBuild();
    if (built.code !== 0) say(`${built.output}✘ Types: failed`);
    if (!(await serversAreThere())) return 1;
    const runs = await runAll(node, CLUSTER_RUNS, narrowing);
    say(totalsLine(runs.map(({ counts }) => counts), Date.now() - begun));
    return [built, ...runs].every(({ code }) => code === 0) ? 0 : 1;
  });

/**
 * `npm test`: types, lint with module boundaries, and every test; one failing does not keep the others from being seen.
 * `npm test -- <pattern>` takes Jest's options and leaves lint out.
 */
export const test = (narrowing) =>
  command(async () => {
    const begun = Date.now();
    const { node, built } = await prepareBuild();
    if (built.code !== 0) say(`${built.output}✘ Types: failed; the tests that start compiled programs may fail for it`);
    const hasServers = await serversAreThere();
    const checks = [built, narrowing.length > 0 ? { code: 0 } : goOn(await lint(ROOT, node))];
    const clusterRuns = hasServers ? CLUSTER_RUNS : [];
    if (!hasServers) say('Skipped: the end-to-end tests of a cluster, for want of these servers');
    const runs = await runAll(node, [...JEST_RUNS, ...clusterRuns], narrowing);
    const counts = runs.map((run) => run.counts);
    if (narrowing.length === 0) for (const title of counts.flatMap((count) => count.skippedTitles)) say(`Skipped: ${title}`);
    checks.forEach(({ code }, index) => code !== 0 && say(`✘ ${['Types', 'Lint'][index]}: failed`));
    say(totalsLine(counts, Date.now() - begun));
    return [...checks, ...runs].every(({ code }) => code === 0) ? 0 : 1;
  });

async function runAll(node, wanted, narrowing) {
  const runs = [];
  for (const run of wanted) runs.push(goOn(await runJest(ROOT, node, SETUP_DIRECTORY, run, narrowing)));
  return runs;
}

/** Fetches what is missing; says what could not be had. */
async function serversAreThere() {
  if (missingServers().length === 0) return true;
  const fetched = await during('Fetching servers for tests', () => fetchServers());
  missingLines(fetched).forEach(say);
  return fetched.missing.length === 0;
}

function goOn(ended) {
  if (ended.stoppedBy) throw new SetupError('Stopped.', signalExitCode(ended.stoppedBy));
  return ended;
}
