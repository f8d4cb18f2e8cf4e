import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { BenchRun } from './bench-run.js';
import { benchCluster } from './cluster/cluster.bench.js';
import type { BenchConfig } from './config.js';
import { benchGraph } from './graph/graph.bench.js';
import { benchJudgement } from './judgement/judgement.bench.js';
import { benchLog } from './log/log.bench.js';
import { currentLoad, describeMachine } from './measuring/machine.js';
import { Workshop } from './measuring/workshop.js';
import { benchPlatform } from './platform/platform.bench.js';
import { benchProxy } from './proxy/proxy.bench.js';
import { benchReport, readableReport, type BenchReport } from './report/bench-report.js';
import type { Part, PartReport } from './report/figure.js';
import type { Terminal } from './terminal.js';

const ROUNDS_DEFAULT = 5;
const ROUNDS_MAX = 100;
const SECONDS_DEFAULT = 2;
const SECONDS_MAX = 60;
const DEPLOYMENTS_DEFAULT = 100_000;
const GRAPH_DEPLOYMENTS_DEFAULT = 1_000;
const DEPLOYMENTS_MAX = 1_000_000;
const ROLLOUTS_DEFAULT = 2_000;
const ROLLOUTS_MAX = 1_000_000;

export const EXIT_CODES = { measured: 0, failed: 1, usage: 2, goalMissed: 3, stopped: 130 } as const;

type Options = { readonly rounds: number; readonly seconds: number; readonly deployments?: number; readonly rollouts?: number; readonly json?: string; readonly check?: true };

const PARTS: Readonly<Record<Part, (run: BenchRun) => Promise<PartReport>>> = {
  proxy: benchProxy,
  log: benchLog,
  platform: benchPlatform,
  cluster: benchCluster,
  judgement: benchJudgement,
  graph: benchGraph,
};

/** Runs one command line, without the program's name; answers the exit code. */
export async function runBench(argv: readonly string[], config: BenchConfig, terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT_CODES.measured;
  const program = new Command('slipway-bench')
    .description('Measures the proxy, the event log, the platform, the cluster, the graph and the judgement of canaries, each beside something well known in the same run.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.answer(text.trimEnd()), writeErr: (text) => terminal.note(text.trimEnd().replace(/^error: /, 'slipway-bench: ')) })
    .showHelpAfterError('(--help tells more)')
    .addHelpText('after', '\nExit codes: 0 measured (whatever the goals say), 1 a measurement failed, 2 wrong usage, 3 with --check a goal was missed.');
  const add = (name: string, description: string, parts: readonly Part[]): Command =>
    program
      .command(name)
      .description(description)
      .option('--rounds <n>', 'interleaved rounds', wholeUpTo(ROUNDS_MAX), ROUNDS_DEFAULT)
      .option('--seconds <n>', 'of each measurement in each round', wholeUpTo(SECONDS_MAX), SECONDS_DEFAULT)
      .option('--json <file>', 'where the result goes (default: a file of its own in tools/bench/results)')
      .option('--check', 'end with exit code 3 when a goal is missed or was not measured')
      .action(async (options: Options) => {
        exitCode = await measure(name, parts, options, config, terminal);
      });
  add('proxy', 'the proxy beside nginx, Portkey and @fastify/http-proxy over the same upstream', ['proxy']);
  add('log', 'appends and replay beside plain node:sqlite', ['log']);
  add('platform', 'time to ready and memory of the whole platform without replicas', ['platform']);
  add('all', 'these three, one after the other', ['log', 'platform', 'proxy']);
  add('cluster', 'log, relay and read models on Postgres and NATS with the lives of many deployments, beside plain clients, and what each service holds', ['cluster']).option(
    '--deployments <n>',
    'whose lives the log holds, some 15 events each',
    wholeUpTo(DEPLOYMENTS_MAX),
    DEPLOYMENTS_DEFAULT,
  );
  add('graph', 'lists, filters, pages, details and timelines of many deployments at the gateway, in one process', ['graph']).option(
    '--deployments <n>',
    'that there are, with five revisions each',
    wholeUpTo(DEPLOYMENTS_MAX),
    GRAPH_DEPLOYMENTS_DEFAULT,
  );
  add('judgement', 'how often canaries of known truth are judged wrongly, beside the plain threshold rule', ['judgement']).option(
    '--rollouts <n>',
    'simulated in each round, rounded up to a whole number of every case',
    wholeUpTo(ROLLOUTS_MAX),
    ROLLOUTS_DEFAULT,
  );
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.measured : EXIT_CODES.usage;
    terminal.note(`slipway-bench: ${(error as Error).stack ?? String(error)}`);
    return EXIT_CODES.failed;
  }
}

async function measure(name: string, parts: readonly Part[], { rounds, seconds, deployments = DEPLOYMENTS_DEFAULT, rollouts = ROLLOUTS_DEFAULT, json, check }: Options, config: BenchConfig, terminal: Terminal): Promise<number> {
  await using workshop = new Workshop(config.resultsDirectory);
  leaveNothingOnSignal(workshop, terminal);
  const startedAt = new Date();
  const loadAtStart = currentLoad();
  const reports: PartReport[] = [];
  try {
    for (const part of parts) reports.push(await PARTS[part]({ config, workshop, rounds, seconds, deployments, rollouts, progress: (text) => terminal.progress(text) }));
  } catch (error) {
    if (workshop.closed) return EXIT_CODES.stopped;
    throw error;
  }
  const durationSeconds = Math.round((Date.now() - startedAt.getTime()) / 1_000);
  const facts = { startedAt: startedAt.toISOString(), durationSeconds, rounds, secondsPerMeasurement: seconds, machine: describeMachine(loadAtStart) };
  const report = benchReport(facts, reports);
  const file = path.resolve(json ?? path.join(config.resultsDirectory, `${name}-${startedAt.toISOString().replaceAll(/[:.]/g, '-')}.json`));
  save(file, report);
  terminal.answer(`${readableReport(report)}\n\nWritten to ${file}`);
  const allReached = report.goals.every(({ verdict }) => verdict === 'reached');
  return check === true && !allReached ? EXIT_CODES.goalMissed : EXIT_CODES.measured;
}

function save(file: string, report: BenchReport): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

function leaveNothingOnSignal(workshop: Workshop, terminal: Terminal): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      terminal.note(`slipway-bench: stopped by ${signal}, nothing was written`);
      void workshop[Symbol.asyncDispose]().then(() => process.exit(EXIT_CODES.stopped));
    });
}

const wholeUpTo =
  (max: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= 1 && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
  };
