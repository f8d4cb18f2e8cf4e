import { parseArgs } from 'node:util';
import { PlatformLab } from '../e2e/platform-lab.js';
import { SHAPES, type ShapeName } from '../e2e/platform-shape.js';
import { SCENARIOS } from './scenarios.js';
import { isFine, tryScenario, type TrialResult } from './trial.js';
import { trialTable } from './trial-table.js';

const HELP = `Rolls out, rolls back, scales and kills under load, and counts the requests that fail.

  npm run rollout-trials [-- options]

  --scenario <text>  scenarios whose name holds the text; may be given again (all)
  --shape <name>     ${SHAPES.join(', ')} (one-machine; a cluster has two of every service)
  --clients <n>      closed-loop clients, half of them streaming (32)
  --quiet <seconds>  how long the load is measured beforehand, with nothing under way (10)
  --json             one line of JSON for each scenario instead of the table
  --list             names the scenarios

Ends with 1 when a request failed that must not: every one, but errors of a revision that is bad on purpose, and streams in
the middle of their answer from a replica that was killed.
`;

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true, default: [''] },
    shape: { type: 'string', default: 'one-machine' },
    clients: { type: 'string', default: '32' },
    quiet: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const chosen = SCENARIOS.filter(({ name }) => values.scenario.some((text) => name.includes(text)));
const shape = SHAPES.find((name) => name === values.shape);
const [clients, quietSeconds] = [Number(values.clients), Number(values.quiet)];
const isAsked = shape !== undefined && chosen.length > 0 && clients >= 1 && quietSeconds >= 0;
if (values.help || values.list || !isAsked) {
  (values.help || values.list ? process.stdout : process.stderr).write(values.list ? `${SCENARIOS.map(({ name }) => name).join('\n')}\n` : HELP);
  process.exit(values.help || values.list ? 0 : 2);
}

/** As a shell would say it. */
const INTERRUPTED = 130;
let platform: PlatformLab | null = null;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void leave());

const results: TrialResult[] = [];
for (const scenario of chosen) results.push(await onPlatformOfItsOwn(scenario, shape));
if (!values.json) process.stdout.write(trialTable(results));
process.exitCode = results.every(isFine) ? 0 : 1;

async function onPlatformOfItsOwn(scenario: (typeof SCENARIOS)[number], name: ShapeName): Promise<TrialResult> {
  const tell = (line: string): void => void process.stderr.write(`${scenario.name}: ${line}\n`);
  await using lab = await PlatformLab.create(name);
  platform = lab;
  const instances = name === 'one-machine' ? 1 : 2;
  await lab.start(['--no-demo', ...(instances > 1 ? ['--instances', String(instances)] : [])]);
  const result = await tryScenario(lab, scenario, { clients, quietMs: quietSeconds * 1000, instances, tell });
  const { failures: _told, ...figures } = result;
  (values.json ? process.stdout : process.stderr).write(`${JSON.stringify({ shape: name, clients, ...figures, isFine: isFine(result) })}\n`);
  return result;
}

/** The platform and its engines are in groups of their own, which no Ctrl-C reaches. */
async function leave(): Promise<void> {
  await platform?.[Symbol.asyncDispose]();
  process.exit(INTERRUPTED);
}
