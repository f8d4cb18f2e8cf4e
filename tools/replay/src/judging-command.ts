import { InvalidArgumentError, Option, type Command } from 'commander';
import { judgeRollout, MEASUREMENTS_SHOWN_DEFAULT, MEASUREMENTS_SHOWN_MAX } from './commands/judge.command.js';
import { otherRules, type RuleOptions } from './judge/other-rules.js';
import { withLog } from './open-log.js';
import { examples, upTo } from './option-values.js';
import type { Invocation } from './replay-program.js';

const RULES_HELP = `
What is not named stays as it was recorded; without any rule, today's judge judges by the recorded ones.
Traffic is what the canary really got: what it would have got after another decision nobody knows.
Exit code 1: an analysis would have come to another end, or to the same one at another time.`;

/** What asks how a past rollout would have been judged. */
export function addJudging(program: Command, { reading, json, terminal, setExitCode }: Invocation): void {
  program
    .command('judge')
    .argument('<rollout>', 'its id, or its stream')
    .description('judge the analyses of a past rollout again, by other rules')
    .option('--threshold <percent>', 'share of requests that must succeed', number)
    .option('--min-requests <n>', 'fewer are no ground to judge by', number)
    .option('--duration <time>', 'how long is watched at least: 90s, 30m, 24h')
    .option('--extensions <n>', 'how many durations more while there is too little to judge by', number)
    .option('--failures-in-a-row <n>', 'so many end it at once', number)
    .addOption(new Option('--on-no-traffic <what>', 'when there was too little to judge by until the end').choices(['hold', 'promote', 'abort']))
    .option('--compare-errors', 'it may not err more often than stable')
    .option('--no-compare-errors', 'it may err as often as the threshold allows')
    .option('--max-p95 <ms>', '95 of 100 answers come so fast; none: any latency will do', numberOrNone)
    .option('--max-p95-ratio <times>', 'the same, as so many times stable\'s', numberOrNone)
    .option('--max-first-token-p95 <ms>', '95 of 100 first tokens come so fast', numberOrNone)
    .option('--max-first-token-p95-ratio <times>', 'the same, as so many times stable\'s', numberOrNone)
    .option('--max-per-token-p95 <ms>', '95 of 100 answers take so long per token', numberOrNone)
    .option('--max-per-token-p95-ratio <times>', 'the same, as so many times stable\'s', numberOrNone)
    .option('--limit <n>', 'measurements shown per analysis', upTo(MEASUREMENTS_SHOWN_MAX), MEASUREMENTS_SHOWN_DEFAULT)
    .addHelpText('after', `${RULES_HELP}\n${examples('judge "$ROLLOUT_ID"', 'judge "$ROLLOUT_ID" --threshold 99.5 --duration 10m', 'judge "$ROLLOUT_ID" --max-p95-ratio 1.2 --json')}`)
    .action(async (rolloutId: string, { limit, ...given }: RuleOptions & { limit: number }) => {
      const { onNoTraffic } = given;
      const rules = otherRules({ ...given, ...(onNoTraffic !== undefined && { onNoTraffic: onNoTraffic.toUpperCase() }) });
      const options = { rules, limit, json: json() };
      setExitCode(await reading(({ log: place }) => withLog(place, (log) => judgeRollout(log, rolloutId, options, terminal))));
    });
}

const NUMBER = /^\d{1,9}(\.\d{1,6})?$/;

function number(text: string): number {
  if (NUMBER.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number.');
}

function numberOrNone(text: string): number | null {
  if (text === 'none') return null;
  if (NUMBER.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number, or none.');
}
