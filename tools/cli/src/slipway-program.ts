import { Command, CommanderError } from 'commander';
import { addCompletion } from './completion/completion.command.js';
import { COMMANDS } from './commands/commands.js';
import type { CliConfig } from './config.js';
import { CliError, EXIT_CODES, EXIT_HELP, type ExitCode } from './exit-codes.js';
import { GraphClient } from './graph/graph-client.js';
import type { Invocation, Machine } from './invocation.js';
import { examples, oneOf } from './option-values.js';
import { formatAnswer, FORMATS, type Format } from './output/answer-format.js';
import { graphAddress } from './sign-in/graph-address.js';
import { readSignIn, type SignIn } from './sign-in/stored-sign-in.js';
import type { Terminal } from './terminal.js';

/** What a shell reports for a program that Ctrl-C ended. */
export const INTERRUPTED_EXIT_CODE = 130;

type GlobalOptions = { readonly output: Format; readonly url?: string; readonly idempotencyKey?: string };

/** Runs one command line, without the program's name. Everything a user can meet becomes a few lines and an exit code. */
export async function runSlipway(argv: readonly string[], config: CliConfig, terminal: Terminal, machine: Machine): Promise<ExitCode | typeof INTERRUPTED_EXIT_CODE> {
  const program = buildProgram(config, terminal, machine);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT_CODES.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
    if (machine.interrupted.aborted) return INTERRUPTED_EXIT_CODE;
    if (!(error instanceof CliError)) throw error;
    tell(error, program.opts<GlobalOptions>().output, terminal);
    return error.exitCode;
  }
}

/** Programs that read the answer as JSON read why there is none as JSON too. */
function tell({ exitCode, code, message, fix }: CliError, format: Format, terminal: Terminal): void {
  if (format === 'json') return terminal.note(JSON.stringify({ error: { code, message, fix, exitCode } }));
  const { red } = terminal.colours;
  terminal.note(`slipway: ${red(code)}: ${message}${fix === null ? '' : `\n  fix: ${fix}`}`);
}

export function buildProgram(config: CliConfig, terminal: Terminal, machine: Machine): Command {
  const program = new Command('slipway')
    .description('Deploys models, rolls them out and watches them, through the gateway of a Slipway platform.')
    .addOption(oneOf('-o, --output <format>', 'how to answer', FORMATS).default('table'))
    .option('--url <url>', 'the gateway (default: SLIPWAY_URL, or the one of the last login)')
    .option('--idempotency-key <key>', 'makes a change once, however often the command is run with this key')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => terminal.answer(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd().replace(/^error: /, 'slipway: ')),
    })
    .addHelpText('after', `${examples('login', 'deploy tiny --model tiny-tales --variant llama.cpp --wait', 'rollout status tiny --watch', 'chat tiny')}\n${EXIT_HELP}`);
  const invocation = invocationOf(program, config, terminal, machine);
  for (const add of COMMANDS) add(program, invocation);
  addCompletion(program, invocation);
  return program;
}

function invocationOf(program: Command, config: CliConfig, terminal: Terminal, machine: Machine): Invocation {
  const given = (): GlobalOptions => program.opts<GlobalOptions>();
  const key = lazily(() => given().idempotencyKey ?? machine.newKey());
  const clientFor = ({ url, token }: SignIn, signal: AbortSignal, idempotencyKey: string): GraphClient =>
    new GraphClient({ url: graphAddress(url), token, idempotencyKey, signal, sleep: (durationMs) => machine.sleep(durationMs, signal) });
  const signedIn = (): SignIn => signInOf(given().url ?? config.url, config.token, readSignIn(config.signInFile, terminal.note));
  return {
    terminal,
    config,
    machine,
    urlOption: () => given().url ?? null,
    graphAt: (url, token) => clientFor({ url, token }, machine.interrupted, key()),
    graph: () => clientFor(signedIn(), machine.interrupted, key()),
    graphWithin: (limitMs) => clientFor(signedIn(), AbortSignal.timeout(limitMs), `${key()}.afterwards`),
    print: (answer) => terminal.answer(formatAnswer(answer, given().output)),
    printOneOfMany: (answer) => terminal.answer(formatAnswer(answer, given().output, true)),
    isForPeople: () => given().output === 'table',
  };
}

/** The gateway of the command line, the environment or the last login, in this order, and the token for it. */
function signInOf(givenUrl: string | null, givenToken: string | null, stored: SignIn | null): SignIn {
  const url = givenUrl ?? stored?.url;
  // A stored token is for the gateway it was stored with: another one is not told it.
  const isOfStored = stored !== null && url !== undefined && graphAddress(url) === graphAddress(stored.url);
  const token = givenToken ?? (isOfStored ? stored.token : undefined);
  if (url !== undefined && token !== undefined) return { url, token };
  throw new CliError(EXIT_CODES.notSignedIn, 'NOT_SIGNED_IN', `there is no token for ${url ?? 'any gateway'}`, 'sign in with "slipway login", or set SLIPWAY_URL and SLIPWAY_TOKEN');
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
