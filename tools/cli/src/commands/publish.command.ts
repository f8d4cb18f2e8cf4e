import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { revisionText } from '../addressing/find-revision.js';
import { readInput } from '../deploying/read-input.js';
import { addRevisionFlags, revisionInput, type RevisionFlags } from '../deploying/revision-flags.js';
import { tellWarnings, type RevisionWarning } from '../deploying/warnings.js';
import { usageError } from '../exit-codes.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { addWait, examples, type WaitOptions } from '../option-values.js';
import { activate } from './activate.command.js';
import { givenBesides } from './deploy.command.js';

type Published = { readonly id: string; readonly name: string | null; readonly revisionNumber: number; readonly contentHash: string };
type Answer = { readonly createModelRevision: { readonly revision: Published; readonly warnings: readonly RevisionWarning[] } };

export const CREATE_REVISION = new Operation<Answer, { input: Record<string, unknown> }>(/* GraphQL */ `
  mutation CreateRevision($input: CreateModelRevisionInput!) {
    createModelRevision(input: $input) {
      revision { id name revisionNumber contentHash }
      warnings { code field message }
    }
  }
`);

type PublishOptions = RevisionFlags & WaitOptions & { readonly file?: string; readonly activate?: true };

export function addPublish(program: Command, invocation: Invocation): void {
  const { graph: signedIn, terminal, print } = invocation;
  const command = program
    .command('publish')
    .description('make a new revision of a deployment, from options or from a file; it serves once it is activated')
    .argument('<deployment>', 'name, domain/name or id')
    .option('-f, --file <file>', 'YAML or JSON that says everything but deploymentId; "-" is standard input')
    .option('--activate', "begin the deployment's strategy towards it at once");
  addWait(addRevisionFlags(command), 'with --activate: wait until it serves')
    .addHelpText('after', examples('publish tiny --model tiny-tales --variant llama.cpp --env SEED=7', 'publish tiny -f next.yaml --activate --wait'))
    .action(async (given: string, options: PublishOptions) => {
      if (options.wait === true && options.activate !== true) throw usageError('--wait waits for --activate', 'give both, or neither');
      const input = await inputOf(options, command, invocation);
      const graph = signedIn();
      const deployment = await findDeployment(graph, given);
      const { createModelRevision: made } = await graph.change(CREATE_REVISION, { input: { ...input, deploymentId: deployment.id } });
      tellWarnings(made.warnings, terminal);
      const { revision } = made;
      const standing = options.activate === true ? await activate(invocation, graph, deployment.id, revision.id, options) : null;
      print({
        data: { ...revision, deploymentId: deployment.id, warnings: made.warnings, activating: options.activate === true, ...(standing === null ? {} : { status: standing.status }) },
        text: () => `${revisionText(revision)} of ${deployment.name} (${revision.id}) ${fate(options, deployment.name, revision.revisionNumber)}`,
      });
    });
}

function fate({ activate: isActivated, wait }: PublishOptions, name: string, number: number): string {
  if (wait === true) return 'serves';
  return isActivated === true ? `is on its way: slipway rollout status ${name} --watch` : `is published: slipway activate ${name} ${number}`;
}

async function inputOf(options: PublishOptions, command: Command, { terminal }: Invocation): Promise<Record<string, unknown>> {
  if (options.file === undefined) return revisionInput(options);
  const besides = givenBesides(command, ['file', 'activate', 'wait', 'waitLimit']);
  if (besides.length > 0) throw usageError(`${besides.join(', ')} and -f exclude each other`, 'say it in the file');
  return readInput(options.file, terminal);
}
