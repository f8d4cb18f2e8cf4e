import type { Command } from 'commander';
import { addDeploymentFlags, deploymentInput, type DeploymentFlags } from '../deploying/deployment-flags.js';
import { addRevisionFlags } from '../deploying/revision-flags.js';
import { readInput } from '../deploying/read-input.js';
import { tellWarnings, type RevisionWarning } from '../deploying/warnings.js';
import { usageError } from '../exit-codes.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { addWait, examples, type WaitOptions } from '../option-values.js';
import { awaitSettled, isActive } from '../waiting/settled-deployment.js';

type Created = {
  readonly id: string;
  readonly name: string;
  readonly endpointUrl: string | null;
  readonly revisions: readonly { readonly id: string; readonly revisionNumber: number }[];
};
type Answer = { readonly createModelDeployment: { readonly deployment: Created; readonly warnings: readonly RevisionWarning[] } };

export const CREATE_DEPLOYMENT = new Operation<Answer, { input: Record<string, unknown> }>(/* GraphQL */ `
  mutation CreateDeployment($input: CreateModelServingDeploymentInput!) {
    createModelDeployment(input: $input) {
      deployment { id name endpointUrl revisions(first: 1) { id revisionNumber } }
      warnings { code field message }
    }
  }
`);

type DeployOptions = DeploymentFlags & WaitOptions & { readonly file?: string };

const EXAMPLE_FILE = `
A file holds CreateModelServingDeploymentInput as the graph defines it; environ and extra may be objects:
  name: tiny
  domain: default
  project: default
  openToPublic: false
  clusterConfig: { mode: SINGLE_NODE, size: 1 }
  deploymentStrategy: { type: ROLLING, config: { maxSurge: 1, maxUnavailable: 0 } }
  desiredReplicaCount: 2
  initialRevision:
    image: { name: slipway-engine, architecture: x86_64 }
    modelRuntimeConfig: { runtimeVariant: llama.cpp, environ: { THREADS: "1" } }
    modelVFolderConfig: { vfolderId: tiny-tales }
    resourceConfig: { resourceGroup: { name: default }, resourceSlots: { cpu: 1, mem: 256Mi } }`;

export function addDeploy(program: Command, invocation: Invocation): void {
  const { graph: signedIn, terminal, print } = invocation;
  const command = program
    .command('deploy')
    .description('make a new deployment, from options or from a file')
    .argument('[name]', 'what it is called; requests name it as their model')
    .option('-f, --file <file>', 'YAML or JSON that says everything; "-" is standard input');
  addWait(addDeploymentFlags(addRevisionFlags(command)), 'wait until it serves')
    .addHelpText('after', `${examples('deploy tiny --model tiny-tales --variant llama.cpp --memory 256Mi --wait', 'deploy -f tiny.yaml --wait --wait-limit 5m', 'deploy tiny --model tiny-tales --variant mock --replicas 2 --env SEED=6')}\n${EXAMPLE_FILE}`)
    .action(async (name: string | undefined, options: DeployOptions) => {
      const input = await inputOf(name, options, command, invocation);
      const graph = signedIn();
      const { createModelDeployment: made } = await graph.change(CREATE_DEPLOYMENT, { input });
      tellWarnings(made.warnings, terminal);
      const { id, name: called, endpointUrl } = made.deployment;
      const revisionId = made.deployment.revisions[0]?.id ?? '';
      const standing = options.wait === true ? await awaitSettled(invocation, graph, id, isActive(revisionId), options.waitLimit) : null;
      print({
        data: { id, name: called, endpointUrl, revisionId, warnings: made.warnings, ...(standing === null ? {} : { status: standing.status }) },
        text: () => (standing === null ? `${called} (${id}) is on its way: slipway rollout status ${called} --watch` : `${called} (${id}) serves at ${endpointUrl ?? 'no address'}`),
      });
    });
}

/** What a file says is not mixed with options: which of the two holds would be a guess. */
async function inputOf(name: string | undefined, options: DeployOptions, command: Command, { terminal }: Invocation): Promise<Record<string, unknown>> {
  if (options.file === undefined) {
    if (name === undefined) throw usageError('a deployment takes a name', 'slipway deploy <name> --model <folder> --variant <variant>, or -f <file>');
    return deploymentInput(name, options);
  }
  const besides = givenBesides(command, ['file', 'wait', 'waitLimit']);
  if (besides.length > 0) throw usageError(`${besides.join(', ')} and -f exclude each other`, 'say it in the file');
  const input = await readInput(options.file, terminal);
  return name === undefined ? input : { ...input, name };
}

/** Options of a command line, as they are written, but for those that may stand beside a file. */
export function givenBesides(command: Command, allowed: readonly string[]): string[] {
  return command.options
    .filter((option) => !allowed.includes(option.attributeName()) && command.getOptionValueSource(option.attributeName()) === 'cli')
    .map(({ long, flags }) => long ?? flags);
}
