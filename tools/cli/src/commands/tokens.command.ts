import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { CliError, EXIT_CODES } from '../exit-codes.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { examples, span } from '../option-values.js';
import { agoText } from '../output/spans.js';
import { textTable } from '../output/text-table.js';

type Token = {
  readonly id: string;
  readonly name: string | null;
  readonly prefix: string;
  readonly createdUser: { readonly email: string };
  readonly createdAt: string;
  readonly expiresAt: string | null;
};

export const LIST_TOKENS = new Operation<{ deployment: { accessTokens: readonly Token[] } | null }, { id: string }>(/* GraphQL */ `
  query ListTokens($id: ID!) { deployment(id: $id) { accessTokens { id name prefix createdUser { email } createdAt expiresAt } } }
`);

type NewToken = { readonly deploymentId: string; readonly name?: string | undefined; readonly expiresAt?: string | undefined; readonly mayPinRevisions?: boolean | undefined };
type CreatedToken = { readonly id: string; readonly token: string | null; readonly expiresAt: string | null };

export const CREATE_TOKEN = new Operation<{ createAccessToken: { accessToken: CreatedToken } }, { input: NewToken }>(/* GraphQL */ `
  mutation CreateToken($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { accessToken { id token expiresAt } } }
`);

type Deleted = { readonly deletedId: string; readonly acknowledgedProxies: readonly string[]; readonly missingProxies: readonly string[] };

export const DELETE_TOKEN = new Operation<{ deleteAccessToken: Deleted }, { input: { deploymentId: string; id: string } }>(/* GraphQL */ `
  mutation DeleteToken($input: DeleteAccessTokenInput!) { deleteAccessToken(input: $input) { deletedId acknowledgedProxies missingProxies } }
`);

export function addTokens(program: Command, invocation: Invocation): void {
  const tokens = program.command('tokens').description('who may send requests to a deployment');
  addTokenList(tokens, invocation);
  addTokenCreate(tokens, invocation);
  addTokenDelete(tokens, invocation);
}

function addTokenList(tokens: Command, { graph: signedIn, print, machine }: Invocation): void {
  tokens
    .command('list')
    .description('the tokens of a deployment, without what they grant')
    .argument('<deployment>', 'name, domain/name or id')
    .addHelpText('after', examples('tokens list tiny'))
    .action(async (given: string) => {
      const graph = signedIn();
      const { id } = await findDeployment(graph, given);
      const found = (await graph.ask(LIST_TOKENS, { id })).deployment?.accessTokens ?? [];
      const columns = [
        { title: 'NAME', cell: ({ name }: Token) => name ?? '-' },
        { title: 'BEGINS', cell: ({ prefix }: Token) => prefix },
        { title: 'CREATED', cell: ({ createdAt, createdUser }: Token) => `${agoText(createdAt, machine.nowMs())} by ${createdUser.email}` },
        { title: 'EXPIRES', cell: ({ expiresAt }: Token) => expiresAt ?? 'never' },
        { title: 'ID', cell: (token: Token) => token.id },
      ];
      print({ data: found, text: () => textTable(columns, found, 'no tokens') });
    });
}

function addTokenCreate(tokens: Command, { graph: signedIn, print, machine, terminal }: Invocation): void {
  tokens
    .command('create')
    .description('make a token; it is told this once')
    .argument('<deployment>', 'name, domain/name or id')
    .option('--name <name>', 'what it is for')
    .option('--expires-in <time>', 'how long it is valid, such as 12h or 30d (default: for ever)', span)
    .option('--may-pin-revisions', 'its holder may say which revision serves a request')
    .addHelpText('after', examples('tokens create tiny --name app', 'tokens create tiny --name ci --expires-in 12h > token'))
    .action(async (given: string, { name, expiresIn, mayPinRevisions }: { name?: string; expiresIn?: number; mayPinRevisions?: true }) => {
      const graph = signedIn();
      const { id: deploymentId } = await findDeployment(graph, given);
      const expiresAt = expiresIn === undefined ? undefined : new Date(machine.nowMs() + expiresIn).toISOString();
      const { accessToken } = (await graph.change(CREATE_TOKEN, { input: { deploymentId, name, expiresAt, mayPinRevisions } })).createAccessToken;
      if (accessToken.token === null) throw new CliError(EXIT_CODES.refused, 'NO_TOKEN', 'the token was made, but is not told a second time', 'delete it and make another one');
      // The token alone is the answer, so that it can be put into a file.
      terminal.note(`token ${accessToken.id} is shown this once`);
      print({ data: accessToken, text: () => accessToken.token ?? '' });
    });
}

function addTokenDelete(tokens: Command, { graph: signedIn, print, terminal }: Invocation): void {
  tokens
    .command('delete')
    .description('take a token away; it tells which proxies no longer accept it')
    .argument('<deployment>', 'name, domain/name or id')
    .argument('<token>', 'id, name, or how it begins')
    .addHelpText('after', examples('tokens delete tiny app'))
    .action(async (given: string, givenToken: string) => {
      const graph = signedIn();
      const { id: deploymentId } = await findDeployment(graph, given);
      const found = (await graph.ask(LIST_TOKENS, { id: deploymentId })).deployment?.accessTokens ?? [];
      const [meant, ...others] = found.filter((token) => [token.id, token.name, token.prefix].includes(givenToken));
      if (meant === undefined) throw new CliError(EXIT_CODES.refused, 'NOT_FOUND', `there is no token "${givenToken}"`, 'see which there are: "slipway tokens list <deployment>"');
      if (others.length > 0) throw new CliError(EXIT_CODES.usage, 'USAGE', `"${givenToken}" is the name of ${others.length + 1} tokens`, 'give its id');
      const { deleteAccessToken: deleted } = await graph.change(DELETE_TOKEN, { input: { deploymentId, id: meant.id } });
      if (deleted.missingProxies.length > 0) terminal.note(`not confirmed yet by: ${deleted.missingProxies.join(', ')}`);
      print({ data: deleted, text: () => `token ${meant.name ?? meant.id} is deleted; ${deleted.acknowledgedProxies.length} proxies no longer accept it` });
    });
}
