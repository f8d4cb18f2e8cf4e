import { Command, CommanderError } from 'commander';
import { verify } from './commands/verify.command.js';
import type { ReplayConfig } from './config.js';
import { EXIT_CODES, ReplayError, type ExitCode } from './exit-codes.js';
import { placesOf, withInstallation, type GivenPlaces, type Installation } from './installation.js';
import { addJudging } from './judging-command.js';
import { addExport, addMoving } from './moving-commands.js';
import { examples } from './option-values.js';
import { addReading } from './reading-commands.js';
import type { Terminal } from './terminal.js';

/** What the commands of one command line have in common. */
export type Invocation = {
  readonly terminal: Terminal;
  json(): boolean;
  setExitCode(code: ExitCode): void;
  /** Lets `use` read what the options and the environment name; `log`: what the command itself calls the log. */
  reading<T>(use: (installation: Installation) => Promise<T>, log?: string): Promise<T>;
};

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

const PLACES_HELP = `
Where the log is: sqlite:<file>, postgres://<user>:<password>@<host>:<port>/<database>[?schema=<name>], or esdb://<host>:<port>.
--log and --database are best given as SLIPWAY_LOG_URL and SLIPWAY_DATABASE_URL: a command line is seen by every user.`;

const EXIT_HELP = `
Exit codes: 0 fine, 1 a difference was found, 2 wrong usage, 3 the log is missing, unreachable or unreadable, 4 the log or the export is corrupt.
Only import and copy write, and only to the log they are told to; the others work while the platform runs and after it was killed.
To pipe --json, silence npm: npm run -s replay -- streams --json`;

function buildProgram(config: ReplayConfig, terminal: Terminal, setExitCode: (code: ExitCode) => void): Command {
  const program = new Command('slipway-replay')
    .description('What happened, what state it made, and whether everything still agrees with it.')
    .option('--log <url>', 'the log (default: SLIPWAY_LOG_URL, or the data directory\'s)')
    .option('--database <url>', 'the PostgreSQL database of the read models (default: SLIPWAY_DATABASE_URL, or the data directory\'s files)')
    .option('--data-dir <directory>', 'where a platform on one machine keeps its log and read models (default: SLIPWAY_DATA_DIR, or .slipway)')
    .option('--json', 'answer in JSON')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.answer(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd().replace(/^error: /, 'slipway-replay: ')),
    })
    .addHelpText('after', `${examples('streams', 'show name-default/tiny', 'state name-default/tiny', 'verify', 'export --to backup.ndjson.gz')}\n${PLACES_HELP}\n${EXIT_HELP}`);
  const given = (): GivenPlaces => program.opts<GivenPlaces>();
  const invocation: Invocation = {
    terminal,
    setExitCode,
    json: () => program.opts<{ json?: true }>().json === true,
    reading: (use, log) => withInstallation(placesOf(log === undefined ? given() : { ...given(), log }, config), use),
  };
  addReading(program, invocation);
  program
    .command('verify')
    .description('prove that the log is whole, every stream folds, every decision of today\'s rules comes out again, and the read models agree')
    .addHelpText('after', examples('verify', 'verify --json', 'verify --data-dir .slipway'))
    .action(async () => setExitCode(await invocation.reading((installation) => verify(installation, invocation.json(), terminal))));
  addJudging(program, invocation);
  addExport(program, invocation);
  addMoving(program, invocation);
  return program;
}
