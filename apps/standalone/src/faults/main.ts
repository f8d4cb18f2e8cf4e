import { parseArgs } from 'node:util';
import { FAULTS } from './faults.js';
import { tryFault, type TrialResult } from './fault-trial.js';

const HELP = `Breaks a cluster on purpose and counts what that costs.

  npm run faults [-- options]

  SLIPWAY_E2E_SHAPE=cluster-eventstore has the log on EventStoreDB (a double, or the server EVENTSTORE_URL names).

  --rounds <n>   how often each fault strikes (10)
  --only <text>  faults whose name holds the text
`;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' }, only: { type: 'string', default: '' }, help: { type: 'boolean', short: 'h' } } });
if (values.help === true) {
  process.stdout.write(HELP);
  process.exit(0);
}
const rounds = Number(values.rounds);
const results: TrialResult[] = [];
for (const fault of FAULTS.filter(({ name }) => name.includes(values.only))) {
  const result = await tryFault(fault, rounds, (line) => process.stderr.write(`${line}\n`));
  results.push(result);
  process.stderr.write(`${JSON.stringify(result)}\n`);
}
const cells = (result: TrialResult): readonly (string | number)[] => [
  result.fault,
  result.rounds,
  result.acknowledged,
  result.lost,
  result.doubled,
  result.requests,
  result.failedRequests,
  result.failedAtKilledProxy,
  (result.slowestRolloutMs / 1000).toFixed(1),
  result.verified ? 'clean' : 'NOT CLEAN',
];
const row = (values_: readonly (string | number)[]): string => `| ${values_.join(' | ')} |\n`;
const heads = ['fault', 'times', 'acknowledged', 'lost', 'doubled', 'requests', 'failed', 'failed at the killed proxy', 'slowest rollout, s', 'verify'];
process.stdout.write(row(heads) + row(heads.map(() => '---')) + results.map((result) => row(cells(result))).join(''));
