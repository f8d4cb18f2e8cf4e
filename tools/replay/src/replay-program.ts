import path from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EVENTS_SHOWN_DEFAULT, EVENTS_SHOWN_MAX, showStream } from './commands/show.command.js';
import { showState } from './commands/state.command.js';
import { listStreams, STREAMS_SHOWN_DEFAULT, STREAMS_SHOWN_MAX } from './commands/streams.command.js';
import { verify } from './commands/verify.command.js';
import type { ReplayConfig } from './config.js';
import { withDataDirectory, withLog, type DataDirectory } from './data-directory.js';
import { EXIT_CODES, ReplayError, type ExitCode } from './exit-codes.js';
import { STREAM_CATEGORIES } from './folds/aggregate-folds.js';
import { parseMoment } from './moment.js';
import type { Terminal } from './terminal.js';

type Use<T> = (directory: DataDirectory) => Promise<T>;
type Reading = <T>(use: Use<T>) => Promise<T>;

/** Runs one command line, without the program's name. Everything a user can meet becomes one line and an exit code. */
export async function runReplay(argv: readonly string[], config: ReplayConfig, terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.sound;
  const program = buildProgram(config, terminal, (code) => (exitCode = code));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.sound : EXIT_CODES.usage;
    if (!(error instanceof ReplayError)) throw error;
    terminal.progress(null);
    terminal.note(`slipway-replay: ${error.message}`);
    return error.exitCode;
  }
}

const EXIT_HELP = `
Exit codes: 0 fine, 1 verification found a difference, 2 wrong usage, 3 the log is missing or unreadable, 4 the log is corrupt.
Reads only; works while the platform runs and after it was killed. To pipe --json, silence npm: npm run -s replay -- streams --json`;

const examples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  $ npm run replay -- ${line}`).join('\n')}`;

function buildProgram(config: ReplayConfig, terminal: Terminal, setExitCode: (code: ExitCode) => void): Command {
  const program = new Command('slipway-replay')
    .description('What happened, what state it made, and whether everything still agrees with it.')
    .option('--data-dir <directory>', 'where the platform keeps its log and read models (default: SLIPWAY_DATA_DIR, or .slipway)')
    .option('--json', 'answer in JSON')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.answer(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd().replace(/^error: /, 'slipway-replay: ')),
    })
    .addHelpText('after', `${examples('streams', 'show name-default/tiny', 'state name-default/tiny', 'verify')}\n${EXIT_HELP}`);
  const reading: Reading = (use) => {
    const { dataDir } = program.opts<{ dataDir?: string }>();
    return withDataDirectory(dataDir === undefined ? config.dataDir : path.resolve(dataDir), use);
  };
  const json = (): boolean => program.opts<{ json?: true }>().json === true;
  addStreams(program, reading, json, terminal);
  addShow(program, reading, json, terminal);
  addState(program, reading, json, terminal);
  program
    .command('verify')
    .description('prove that the log is whole, every stream folds, every decision comes out again, and the read models agree')
    .addHelpText('after', examples('verify', 'verify --json', 'verify --data-dir .slipway'))
    .action(async () => setExitCode(await reading((directory) => verify(directory, json(), terminal))));
  return program;
}

function addStreams(program: Command, reading: Reading, json: () => boolean, terminal: Terminal): void {
  program
    .command('streams')
    .description('list the streams, with their sizes and spans, and count them by category')
    .addOption(new Option('--prefix <text>', 'only streams whose name begins so').conflicts('category'))
    .addOption(new Option('--category <name>', 'only streams of one category').choices(STREAM_CATEGORIES))
    .option('--after <stream>', 'go on after this stream')
    .option('--limit <n>', 'streams shown', upTo(STREAMS_SHOWN_MAX), STREAMS_SHOWN_DEFAULT)
    .addHelpText('after', examples('streams', 'streams --category deployment', 'streams --prefix process-fleet- --limit 10'))
    .action(async (options: { prefix?: string; category?: string; after?: string; limit: number }) => {
      const prefix = options.category === undefined ? (options.prefix ?? '') : `${options.category}-`;
      const given = { prefix, after: options.after ?? null, limit: options.limit, json: json() };
      await reading((directory) => withLog(directory, (log) => listStreams(log, given, terminal)));
    });
}

function addShow(program: Command, reading: Reading, json: () => boolean, terminal: Terminal): void {
  program
    .command('show')
    .argument('<stream>', 'name of the stream, as "streams" lists it')
    .description('show the events of a stream')
    .option('--from <revision>', 'begin at this revision, from 0', upTo(Number.MAX_SAFE_INTEGER, 0), 0)
    .option('--limit <n>', 'events shown', upTo(EVENTS_SHOWN_MAX), EVENTS_SHOWN_DEFAULT)
    .option('--verbose', 'with ids and metadata: who caused it, through what')
    .addHelpText('after', examples('show name-default/tiny', 'show name-default/tiny --verbose', 'show name-default/tiny --from 0 --limit 1'))
    .action(async (stream: string, { from, limit, verbose }: { from: number; limit: number; verbose?: true }) => {
      const given = { from, limit, verbose: verbose === true, json: json() };
      await reading((directory) => withLog(directory, (log) => showStream(log, stream, given, terminal)));
    });
}

function addState(program: Command, reading: Reading, json: () => boolean, terminal: Terminal): void {
  program
    .command('state')
    .argument('<stream>', 'name of the stream, as "streams" lists it; process-fleet-<id> and process-registrar-<id> too')
    .description('fold a stream to its state, now or at a position or time')
    .option('--at <position|time>', 'a position of the log, or a time such as 2026-11-20T12:00:00Z')
    .addHelpText('after', examples('state name-default/tiny', 'state name-default/tiny --at "$(date -u +%FT%TZ)"', 'state name-default/tiny --at 1000000'))
    .action(async (stream: string, { at }: { at?: string }) => {
      const given = { at: at === undefined ? null : parseMoment(at), json: json() };
      await reading((directory) => withLog(directory, (log) => showState(log, stream, given, terminal)));
    });
}

const upTo =
  (max: number, min = 1) =>
  (text: string): number => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
