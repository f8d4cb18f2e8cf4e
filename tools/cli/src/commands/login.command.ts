import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { usageError } from '../exit-codes.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { examples } from '../option-values.js';
import { DEFAULT_URL, graphAddress } from '../sign-in/graph-address.js';
import { forgetSignIn, readSignIn, writeSignIn } from '../sign-in/stored-sign-in.js';

/** Asks for nothing, but only whoever is signed in is answered. */
export const SIGN_IN_CHECK = new Operation<{ deployments: readonly { id: string }[] }>(/* GraphQL */ `
  query SignInCheck { deployments(limit: 1) { id } }
`);

export function addLogin(program: Command, { terminal, config, machine, ...invocation }: Invocation): void {
  program
    .command('login')
    .description('try a token at a gateway, and keep both for the commands that follow')
    .argument('[url]', `the gateway (default: --url, SLIPWAY_URL, the one of the last login, or ${DEFAULT_URL})`)
    .option('--token-file <file>', 'where the token stands; "-" is standard input (default: SLIPWAY_TOKEN, or it is asked for)')
    .addHelpText('after', `${examples('login', 'login http://127.0.0.1:4000 --token-file .slipway/admin-token')}\n\nA token is no option of its own: a command line is seen by every user. What is kept is readable by you alone: ${config.signInFile}`)
    .action(async (given: string | undefined, { tokenFile }: { tokenFile?: string }) => {
      const stored = (): string | undefined => readSignIn(config.signInFile, terminal.note)?.url;
      const url = graphAddress(given ?? invocation.urlOption() ?? config.url ?? stored() ?? DEFAULT_URL);
      const token = (tokenFile === undefined ? (config.token ?? (await askForToken({ terminal }, url))) : await tokenIn({ terminal }, tokenFile)).trim();
      if (!/^[\x21-\x7e]+$/.test(token)) throw usageError('what was given is no token', 'a token is one word, such as the content of .slipway/admin-token');
      await invocation.graphAt(url, token).ask(SIGN_IN_CHECK, {});
      writeSignIn(config.signInFile, { url, token });
      invocation.print({ data: { url, file: config.signInFile, at: new Date(machine.nowMs()).toISOString() }, text: () => `signed in to ${url}` });
    });
}

export function addLogout(program: Command, { config, print }: Invocation): void {
  program
    .command('logout')
    .description('forget the gateway and the token of the last login')
    .action(() => {
      const forgotten = forgetSignIn(config.signInFile);
      print({ data: { forgotten }, text: () => (forgotten ? 'signed out' : 'nobody was signed in') });
    });
}

type Asking = Pick<Invocation, 'terminal'>;

async function askForToken({ terminal }: Asking, url: string): Promise<string> {
  if (!terminal.isAnswerable) throw usageError('there is no token', 'give --token-file, or set SLIPWAY_TOKEN');
  return (await terminal.ask(`Token for ${url} (it is not shown): `, true)) ?? '';
}

/** The token in a file, `-` for standard input. */
export async function tokenIn({ terminal }: Asking, file: string): Promise<string> {
  if (file === '-') return terminal.readInput();
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError(`the token file cannot be read: ${(error as Error).message}`);
  }
}
