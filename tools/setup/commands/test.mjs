import { command } from '../command.mjs';
import { JEST_RUNS, runJest } from '../jest-runs.mjs';
import { lint } from '../lint.mjs';
import { prepareBuild } from '../prepare.mjs';
import { during } from '../progress.mjs';
import { signalExitCode } from '../run-child.mjs';
import { fetchServers, missingLines, missingServers } from '../servers.mjs';
import { totalsLine } from '../test-totals.mjs';
import { ROOT, SETUP_DIRECTORY, SetupError } from '../workspace.mjs';

const say = (line) => process.stdout.write(`${line}\n`);

/**
 * `npm test`: types, lint with module boundaries, and every test; one failing does not keep the others from being seen.
 * `npm test -- <pattern>` takes Jest's options and leaves lint out.
 */
export const test = (narrowing) =>
  command(async () => {
    const begun = Date.now();
    const { node, built } = await prepareBuild();
    if (built.code !== 0) say(`${built.output}✘ Types: failed; the tests that start compiled programs may fail for it`);
    if (missingServers().length > 0) missingLines(await during('Fetching servers for tests', () => fetchServers())).forEach(say);
    const checks = [built, narrowing.length > 0 ? { code: 0 } : goOn(await lint(ROOT, node))];
    const runs = [];
    for (const run of JEST_RUNS) runs.push(goOn(await runJest(ROOT, node, SETUP_DIRECTORY, run, narrowing)));
    const counts = runs.map((run) => run.counts);
    if (narrowing.length === 0) for (const title of counts.flatMap((count) => count.skippedTitles)) say(`Skipped: ${title}`);
    checks.forEach(({ code }, index) => code !== 0 && say(`✘ ${['Types', 'Lint'][index]}: failed`));
    say(totalsLine(counts, Date.now() - begun));
    return [...checks, ...runs].every(({ code }) => code === 0) ? 0 : 1;
  });

function goOn(ended) {
  if (ended.stoppedBy) throw new SetupError('Stopped.', signalExitCode(ended.stoppedBy));
  return ended;
}
