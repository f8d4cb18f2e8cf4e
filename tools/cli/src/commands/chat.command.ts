import type { Command } from 'commander';
import type OpenAI from 'openai';
import { findDeployment } from '../addressing/find-deployment.js';
import { CliError, EXIT_CODES } from '../exit-codes.js';
import type { GraphClient } from '../graph/graph-client.js';
import { rootProblem } from '../graph/graph-failure.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { decimalNumber, examples, wholeNumber } from '../option-values.js';
import { answerPieces, endpointFailure, type ChatSettings, type Message } from '../chat/answer-pieces.js';
import { tokenIn } from './login.command.js';
import { CREATE_TOKEN, DELETE_TOKEN } from './tokens.command.js';

const TOKENS_MAX = 1_000_000;
/** How long a token made for one conversation is valid, should it not be deleted: in milliseconds. */
const CHAT_TOKEN_MS = 12 * 60 * 60_000;
/** How long deleting it may take, after Ctrl-C too, in milliseconds. */
const PARTING_LIMIT_MS = 5_000;
/** Accepted, but not needed: of an endpoint that takes requests from everybody. */
const NO_TOKEN = 'none';

type Endpoint = { readonly endpointUrl: string | null; readonly openToPublic: boolean; readonly name: string; readonly domain: { readonly name: string } };

export const ENDPOINT = new Operation<{ deployment: Endpoint | null }, { id: string }>(/* GraphQL */ `
  query Endpoint($id: ID!) { deployment(id: $id) { endpointUrl openToPublic name domain { name } } }
`);

type ChatOptions = ChatSettings & { readonly system?: string; readonly tokenFile?: string };

export function addChat(program: Command, invocation: Invocation): void {
  program
    .command('chat')
    .description('talk to what is deployed, through its own endpoint; without a message: a conversation')
    .argument('<deployment>', 'name, domain/name or id')
    .argument('[message...]', 'one question; "-" reads it from standard input')
    .option('--system <text>', 'what the model is told beforehand')
    .option('--max-tokens <count>', 'the longest answer', wholeNumber(1, TOKENS_MAX))
    .option('--temperature <number>', 'how freely it answers', decimalNumber(0, 2))
    .option('--top-p <number>', 'from which share of likely words it chooses', decimalNumber(0, 1))
    .option('--seed <number>', 'the same answer again', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--token-file <file>', 'an access token (default: SLIPWAY_ACCESS_TOKEN, or one is made and deleted afterwards)')
    .addHelpText('after', examples('chat tiny', 'chat tiny "Tell me a story" --max-tokens 80', 'chat tiny - < question.txt'))
    .action(async (given: string, words: readonly string[], options: ChatOptions) => {
      const { terminal } = invocation;
      const graph = invocation.graph();
      const { id } = await findDeployment(graph, given);
      const endpoint = (await graph.ask(ENDPOINT, { id })).deployment;
      if (endpoint?.endpointUrl == null) throw new CliError(EXIT_CODES.refused, 'NO_ENDPOINT', `${given} has no endpoint`, 'see how it is: "slipway get <deployment>"');
      const question = words.length === 1 && words[0] === '-' ? await terminal.readInput() : words.join(' ');
      await withAccessToken(invocation, graph, id, endpoint, options, async (apiKey) => {
        const { default: OpenAIClient } = await import('openai'); // it takes a while to load, and only this command needs it
        const client = new OpenAIClient({ baseURL: endpoint.endpointUrl, apiKey });
        const model = `${endpoint.domain.name}/${endpoint.name}`;
        const before: Message[] = options.system === undefined ? [] : [{ role: 'system', content: options.system }];
        if (question.trim() !== '') return answerOnce(invocation, client, model, [...before, { role: 'user', content: question }], options);
        if (!terminal.isAnswerable) throw new CliError(EXIT_CODES.usage, 'USAGE', 'there is no message, and nobody to ask for one', 'give it as an argument, or "-" to read standard input');
        await converse(invocation, client, model, before, options);
      });
    });
}

async function answerOnce({ terminal, machine, isForPeople, print }: Invocation, client: OpenAI, model: string, messages: readonly Message[], settings: ChatSettings): Promise<void> {
  let text = '';
  for await (const piece of answerPieces(client, model, messages, settings, machine.interrupted)) {
    text += piece;
    if (isForPeople()) terminal.write(readable(piece));
  }
  if (isForPeople()) terminal.write('\n');
  else print({ data: { model, answer: text }, text: () => text });
}

/** Until the end of input. A question that fails ends nothing. */
async function converse({ terminal, machine }: Invocation, client: OpenAI, model: string, before: readonly Message[], settings: ChatSettings): Promise<void> {
  const messages = [...before];
  terminal.note(`${model}: an empty line or Ctrl-D ends the conversation`);
  for (;;) {
    const question = await terminal.ask('> ');
    if (question === null || question.trim() === '') return;
    let answer = '';
    try {
      for await (const piece of answerPieces(client, model, [...messages, { role: 'user', content: question }], settings, machine.interrupted)) {
        answer += piece;
        terminal.write(readable(piece));
      }
      messages.push({ role: 'user', content: question }, { role: 'assistant', content: answer });
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      terminal.note(`slipway: ${error.code}: ${error.message}`);
    }
    terminal.write('\n');
  }
}

/** What a model says must not steer the terminal. */
const readable = (piece: string): string => piece.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

async function withAccessToken(invocation: Invocation, graph: GraphClient, deploymentId: string, endpoint: Endpoint, { tokenFile }: ChatOptions, use: (token: string) => Promise<void>): Promise<void> {
  const { config, machine, terminal } = invocation;
  const given = tokenFile === undefined ? config.accessToken : (await tokenIn(invocation, tokenFile)).trim();
  if (given !== null) return use(given);
  if (endpoint.openToPublic) return use(NO_TOKEN);
  const expiresAt = new Date(machine.nowMs() + CHAT_TOKEN_MS).toISOString();
  const { accessToken } = (await graph.change(CREATE_TOKEN, { input: { deploymentId, name: 'slipway chat', expiresAt } })).createAccessToken;
  if (accessToken.token === null) throw endpointFailure(new Error('the token was made, but is not told a second time'));
  try {
    await use(accessToken.token);
  } finally {
    const deleted = invocation.graphWithin(PARTING_LIMIT_MS).change(DELETE_TOKEN, { input: { deploymentId, id: accessToken.id } });
    await deleted.catch((error: unknown) => terminal.note(`token ${accessToken.id} could not be deleted (${rootProblem(error)}); it expires at ${expiresAt}`));
  }
}
