import { Argument, type Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { LIST_DEPLOYMENTS } from '../commands/list.command.js';
import { LIST_REVISIONS } from '../commands/revisions.command.js';
import { LIST_TOKENS } from '../commands/tokens.command.js';
import type { GraphClient } from '../graph/graph-client.js';
import type { Invocation } from '../invocation.js';
import { examples } from '../option-values.js';
import { oneLine } from '../output/text-table.js';
import { ruleText, scalingRules } from '../scaling/scaling-rule.js';
import { candidates, type Candidate, type NameSource } from './candidates.js';
import { SHELL_SCRIPTS, SHELLS, type Shell } from './shell-scripts.js';

/** Longer than this nobody waits at a prompt, in milliseconds. */
const NAMES_LIMIT_MS = 1_500;
const NAMES_MAX = 100;

export function addCompletion(program: Command, { terminal, graphWithin }: Invocation): void {
  program
    .command('completion')
    .description('a script that lets a shell complete commands, options and names')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText('after', `${examples('completion bash > ~/.local/share/bash-completion/completions/slipway', 'completion zsh > "${fpath[1]}/_slipway"', 'completion fish > ~/.config/fish/completions/slipway.fish')}`)
    .action((shell: Shell) => terminal.answer(SHELL_SCRIPTS[shell]));
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: readonly string[]) => {
      const found = await candidates(program, words, namesAt(() => graphWithin(NAMES_LIMIT_MS)));
      if (found.length > 0) terminal.answer(found.map(({ value, description }) => `${value}\t${oneLine(description)}`).join('\n'));
    });
}

/** Who is not signed in, or reaches no gateway, is offered no names: a prompt is no place for messages. */
const namesAt =
  (graph: () => GraphClient): NameSource =>
  async (argument, given) => {
    try {
      return await namesOf(graph(), argument, given);
    } catch {
      return [];
    }
  };

async function namesOf(graph: GraphClient, argument: string, [deployment]: readonly string[]): Promise<readonly Candidate[]> {
  if (argument.split('|').includes('deployment')) {
    const variables = { filter: {}, orderBy: { field: 'NAME', direction: 'ASC' }, limit: NAMES_MAX, offset: 0 };
    const { deployments } = await graph.ask(LIST_DEPLOYMENTS, variables);
    return deployments.map(({ name, domain, status }) => ({ value: domain.name === 'default' ? name : `${domain.name}/${name}`, description: status }));
  }
  if (deployment === undefined || !['revision', 'token', 'rule'].includes(argument)) return [];
  const { id } = await findDeployment(graph, deployment);
  if (argument === 'token') {
    const found = (await graph.ask(LIST_TOKENS, { id })).deployment?.accessTokens ?? [];
    return found.map(({ name, id: tokenId, prefix }) => ({ value: name ?? tokenId, description: prefix }));
  }
  if (argument === 'rule') return (await scalingRules(graph, id)).map((rule) => ({ value: rule.id, description: ruleText(rule) }));
  const found = (await graph.ask(LIST_REVISIONS, { id, first: NAMES_MAX, after: null })).deployment?.revisions ?? [];
  return found.map(({ revisionNumber, name, status }) => ({ value: String(revisionNumber), description: `${name ?? ''} ${status}`.trim() }));
}
