import type { Command } from 'commander';
import { findDeployment } from '../addressing/find-deployment.js';
import { CliError, EXIT_CODES } from '../exit-codes.js';
import type { GraphClient } from '../graph/graph-client.js';
import { Operation } from '../graph/operation.js';
import type { Invocation } from '../invocation.js';
import { addWait, examples, type WaitOptions } from '../option-values.js';
import { watchRollout } from '../rollout/watch-rollout.js';
import { awaitSettled, isActive } from '../waiting/settled-deployment.js';

type RolloutInput = { readonly rolloutId: string; readonly reason: string | null };
/** With the step that was seen: another one, that came meanwhile, is not passed by. */
type StepInput = RolloutInput & { readonly step: number | null };
type Commanded<Name extends string> = { readonly [name in Name]: { readonly rollout: { readonly id: string; readonly status: string; readonly currentStep: number } } };

export const PAUSE_ROLLOUT = new Operation<Commanded<'pauseRollout'>, { input: RolloutInput }>(/* GraphQL */ `
  mutation PauseRollout($input: RolloutCommandInput!) { pauseRollout(input: $input) { rollout { id status currentStep } } }
`);
export const RESUME_ROLLOUT = new Operation<Commanded<'resumeRollout'>, { input: RolloutInput }>(/* GraphQL */ `
  mutation ResumeRollout($input: RolloutCommandInput!) { resumeRollout(input: $input) { rollout { id status currentStep } } }
`);
export const ABORT_ROLLOUT = new Operation<Commanded<'abortRollout'>, { input: RolloutInput }>(/* GraphQL */ `
  mutation AbortRollout($input: RolloutCommandInput!) { abortRollout(input: $input) { rollout { id status currentStep } } }
`);
export const SKIP_ROLLOUT_STEP = new Operation<Commanded<'skipRolloutStep'>, { input: StepInput }>(/* GraphQL */ `
  mutation SkipRolloutStep($input: RolloutStepCommandInput!) { skipRolloutStep(input: $input) { rollout { id status currentStep } } }
`);
export const PROMOTE_ROLLOUT = new Operation<Commanded<'promoteRollout'>, { input: StepInput & { full: boolean } }>(/* GraphQL */ `
  mutation PromoteRollout($input: PromoteRolloutInput!) { promoteRollout(input: $input) { rollout { id status currentStep } } }
`);
type Retried = { readonly retryRollout: { readonly deployment: { readonly id: string; readonly deployingRevision: { readonly id: string } | null } } };
export const RETRY_ROLLOUT = new Operation<Retried, { input: { deploymentId: string; rolloutId: string; reason: string | null } }>(/* GraphQL */ `
  mutation RetryRollout($input: RetryRolloutInput!) { retryRollout(input: $input) { deployment { id deployingRevision { id } } } }
`);

type Seen = { readonly id: string; readonly currentStep: number };

export const NEWEST_ROLLOUT = new Operation<{ deployment: { rollout: Seen | null } | null }, { id: string }>(/* GraphQL */ `
  query NewestRollout($id: ID!) { deployment(id: $id) { rollout { id currentStep } } }
`);
export const ROLLOUT_BY_ID = new Operation<{ rollout: Seen | null }, { id: string }>(/* GraphQL */ `
  query RolloutById($id: ID!) { rollout(id: $id) { id currentStep } }
`);

type Options = { readonly reason?: string; readonly rollout?: string };

type Intervention = {
  readonly name: 'pause' | 'resume' | 'abort' | 'skip';
  readonly description: string;
  readonly done: string;
  ask(graph: GraphClient, input: StepInput): Promise<{ readonly id: string; readonly status: string }>;
};

const INTERVENTIONS: readonly Intervention[] = [
  {
    name: 'pause',
    description: 'stay where it is; requests are split as they are now',
    done: 'is paused',
    ask: async (graph, input) => (await graph.change(PAUSE_ROLLOUT, { input: stepless(input) })).pauseRollout.rollout,
  },
  {
    name: 'resume',
    description: 'go on after a pause',
    done: 'goes on',
    ask: async (graph, input) => (await graph.change(RESUME_ROLLOUT, { input: stepless(input) })).resumeRollout.rollout,
  },
  {
    name: 'abort',
    description: 'turn back to the previous revision',
    done: 'turns back',
    ask: async (graph, input) => (await graph.change(ABORT_ROLLOUT, { input: stepless(input) })).abortRollout.rollout,
  },
  {
    name: 'skip',
    description: 'pass by the step it waits in',
    done: 'passes by the step',
    ask: async (graph, input) => (await graph.change(SKIP_ROLLOUT_STEP, { input })).skipRolloutStep.rollout,
  },
];

/** The commands of a person to a rollout on its way. Each is recorded with who, when and why. */
export function addRolloutCommands(rollout: Command, invocation: Invocation): void {
  for (const { name, description, done, ask } of INTERVENTIONS) {
    withReason(intervention(rollout, name, description))
      .addHelpText('after', examples(`rollout ${name} tiny --reason "see ticket 17"`))
      .action(async (given: string, options: Options) => {
        const graph = invocation.graph();
        const { id, name: called } = await findDeployment(graph, given);
        const answered = await ask(graph, await inputOf(graph, id, options));
        invocation.print({ data: answered, text: () => `the rollout of ${called} ${done}` });
      });
  }
  addPromote(rollout, invocation);
  addRetry(rollout, invocation);
}

function addPromote(rollout: Command, invocation: Invocation): void {
  addWait(withReason(intervention(rollout, 'promote', 'go on to the next step, or at once to the end')).option('--full', 'take all remaining steps without waiting in any'), 'wait until the rollout has ended')
    .addHelpText('after', examples('rollout promote tiny', 'rollout promote tiny --full --reason "looks good" --wait'))
    .action(async (given: string, options: Options & WaitOptions & { readonly full?: true }) => {
      const graph = invocation.graph();
      const { id, name } = await findDeployment(graph, given);
      const input = await inputOf(graph, id, options);
      const { rollout: answered } = (await graph.change(PROMOTE_ROLLOUT, { input: { ...input, step: options.full === true ? null : input.step, full: options.full === true } })).promoteRollout;
      if (options.wait === true) return watchRollout(invocation, graph, id, options.waitLimit);
      invocation.print({ data: answered, text: () => `the rollout of ${name} goes on${options.full === true ? ' to its end' : ''}` });
    });
}

function addRetry(rollout: Command, invocation: Invocation): void {
  addWait(withReason(intervention(rollout, 'retry', 'begin a rollout that failed, or was turned back, anew')), 'wait until the revision serves')
    .addHelpText('after', examples('rollout retry tiny --wait'))
    .action(async (given: string, options: Options & WaitOptions) => {
      const graph = invocation.graph();
      const { id, name } = await findDeployment(graph, given);
      const input = stepless(await inputOf(graph, id, options));
      const { deployment } = (await graph.change(RETRY_ROLLOUT, { input: { deploymentId: id, ...input } })).retryRollout;
      const target = deployment.deployingRevision?.id;
      if (options.wait === true && target !== undefined) await awaitSettled(invocation, graph, id, isActive(target), options.waitLimit);
      invocation.print({
        data: { deploymentId: id, revisionId: target ?? null, waited: options.wait === true },
        text: () => `${name} ${options.wait === true ? 'has arrived' : `is on its way again: slipway rollout status ${name} --watch`}`,
      });
    });
}

const intervention = (rollout: Command, name: string, description: string): Command =>
  rollout
    .command(name)
    .description(description)
    .argument('<deployment>', 'name, domain/name or id')
    .option('--rollout <id>', 'which rollout (default: the newest one)');

const withReason = (command: Command): Command => command.option('--reason <text>', 'why; it is recorded');

async function inputOf(graph: GraphClient, deploymentId: string, { reason, rollout }: Options): Promise<StepInput> {
  const seen = rollout === undefined ? (await graph.ask(NEWEST_ROLLOUT, { id: deploymentId })).deployment?.rollout : (await graph.ask(ROLLOUT_BY_ID, { id: rollout })).rollout;
  if (seen == null) throw new CliError(EXIT_CODES.refused, 'NOT_FOUND', rollout === undefined ? 'the deployment has no rollout' : `there is no rollout ${rollout}`, 'see which there are: "slipway rollout history <deployment>"');
  return { rolloutId: seen.id, step: seen.currentStep, reason: reason ?? null };
}

const stepless = ({ rolloutId, reason }: StepInput): RolloutInput => ({ rolloutId, reason });
