import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { revisionText } from '../addressing/find-revision.js';
import { readInput } from '../deploying/read-input.js';
import { addRevisionFlags, revisionInput, withoutAbsent, type RevisionFlags } from '../deploying/revision-flags.js';
import { tellWarnings, type RevisionWarning } from '../deploying/warnings.js';
import { usageError } from '../exit-codes.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { addWait, examples, type WaitOptions } from '../option-values.js';
import { awaitSettled, isActive } from '../waiting/settled-deployment.js';
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

type PublishOptions = RevisionFlags & WaitOptions & { readonly file?: string; readonly activate?: true; readonly reason?: string };

export function addPublish(program: Command, invocation: Invocation): void {
  const { graph: signedIn, terminal, print } = invocation;
  const command = program
    .command('publish')
    .description('make a new revision of a deployment, from options or from a file; it serves once it is activated')
    .argument('<deployment>', 'name, domain/name or id')
    .option('-f, --file <file>', 'YAML or JSON that says everything but deploymentId; "-" is standard input')
    .option('--activate', "begin the deployment's strategy towards it at once, with the same request")
    .option('--reason <text>', 'with --activate: why; it is recorded');
  addWait(addRevisionFlags(command), 'with --activate: wait until it serves')
    .addHelpText('after', examples('publish tiny --model tiny-tales --variant llama.cpp --env SEED=7', 'publish tiny -f next.yaml --activate --reason "shorter answers" --wait'))
    .action(async (given: string, options: PublishOptions) => {
      const input = await inputOf(options, command, invocation);
      const activating = input['autoActivate'] === true;
      if (options.wait === true && !activating) throw usageError('--wait waits for --activate', 'give both, or neither');
      if (options.reason !== undefined && !activating) throw usageError('--reason is kept with --activate', 'give both, or neither');
      const graph = signedIn();
      const deployment = await findDeployment(graph, given);
      const { createModelRevision: made } = await graph.change(CREATE_REVISION, { input: { ...input, deploymentId: deployment.id } });
      tellWarnings(made.warnings, terminal);
      const { revision } = made;
      const standing = options.wait === true ? await awaitSettled(invocation, graph, deployment.id, isActive(revision.id), options.waitLimit) : null;
      print({
        data: { ...revision, deploymentId: deployment.id, warnings: made.warnings, activating, ...(standing === null ? {} : { status: standing.status }) },
        text: () => `${revisionText(revision)} of ${deployment.name} (${revision.id}) ${fate(activating, options, deployment.name, revision.revisionNumber)}`,
      });
    });
}

function fate(activating: boolean, { wait }: PublishOptions, name: string, number: number): string {
  if (wait === true) return 'serves';
  return activating ? `is on its way: slipway rollout status ${name} --watch` : `is published: slipway activate ${name} ${number}`;
}

/** CreateModelRevisionInput, but for the deployment. */
async function inputOf(options: PublishOptions, command: Command, { terminal }: Invocation): Promise<Record<string, unknown>> {
  const activation = withoutAbsent({ autoActivate: options.activate, reason: options.reason });
  if (options.file === undefined) return { ...revisionInput(options), ...activation };
  const besides = givenBesides(command, ['file', 'activate', 'reason', 'wait', 'waitLimit']);
  if (besides.length > 0) throw usageError(`${besides.join(', ')} and -f exclude each other`, 'say it in the file');
  const input = await readInput(options.file, terminal);
  const twice = Object.keys(activation).filter((name) => name in input);
  if (twice.length > 0) throw usageError(`${twice.join(', ')} is in the file as well as among the options`, 'say it once');
  return { ...input, ...activation };
}
