import type { Command } from 'commander';
import { usageError } from '../exit-codes.js';
import { collected, oneOf, wholeNumber } from '../option-values.js';
import { objectIn, revisionInput, withoutAbsent, type RevisionFlags } from './revision-flags.js';

const REPLICAS_MAX = 10_000;

/** As people write them, and as the graph does. */
const STRATEGIES = { rolling: 'ROLLING', 'blue-green': 'BLUE_GREEN', canary: 'CANARY' } as const;
type StrategyName = keyof typeof STRATEGIES;
/** What keeps requests with their revision while traffic is split. */
const STICKINESS = { none: 'NONE', session: 'SESSION', token: 'TOKEN' } as const;

export type StrategyFlags = { readonly strategy?: StrategyName; readonly strategyConfig?: string };

export type DeploymentFlags = RevisionFlags &
  StrategyFlags & {
    readonly domain?: string;
    readonly project?: string;
    readonly replicas?: number;
    readonly public?: true;
    readonly tag?: readonly string[];
    readonly hostName?: string;
    readonly stickiness?: keyof typeof STICKINESS;
  };

export const addStrategyFlags = (command: Command): Command =>
  command
    .addOption(oneOf('--strategy <name>', 'how revisions follow each other (default: rolling)', Object.keys(STRATEGIES)))
    .option('--strategy-config <yaml>', "its configuration, such as '{canaryPercentage: 10, canaryDuration: 10m, successThreshold: 99}'");

export const addDeploymentFlags = (command: Command): Command =>
  addStrategyFlags(
    command
      .option('--domain <name>', 'the domain (default: default)')
      .option('--project <name>', 'the project (default: default)')
      .option('--replicas <count>', 'how many replicas serve (default: 1)', wholeNumber(0, REPLICAS_MAX))
      .option('--public', 'requests need no token')
      .option('--tag <tag>', 'a tag of the deployment; may be given many times', collected)
      .option('--host-name <name>', 'the domain name its endpoint is preferred under')
      .addOption(oneOf('--stickiness <by>', 'what keeps requests with their revision while traffic is split (default: session)', Object.keys(STICKINESS))),
  );

/** CreateModelServingDeploymentInput for what the flags say. */
export function deploymentInput(name: string, flags: DeploymentFlags): Record<string, unknown> {
  return withoutAbsent({
    name,
    preferredDomainName: flags.hostName,
    domain: flags.domain ?? 'default',
    project: flags.project ?? 'default',
    openToPublic: flags.public === true,
    tags: flags.tag,
    clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
    deploymentStrategy: strategyInput(flags) ?? { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } },
    desiredReplicaCount: flags.replicas ?? 1,
    stickiness: flags.stickiness === undefined ? undefined : STICKINESS[flags.stickiness],
    initialRevision: revisionInput(flags),
  });
}

/** Null: nothing was said about it. */
export function strategyInput({ strategy, strategyConfig }: StrategyFlags): Record<string, unknown> | null {
  if (strategy === undefined && strategyConfig === undefined) return null;
  if (strategy === undefined) throw usageError('--strategy-config says how, but not which', `give --strategy too: ${Object.keys(STRATEGIES).join(', ')}`);
  const config = strategyConfig === undefined ? undefined : objectIn(strategyConfig, '--strategy-config');
  return withoutAbsent({ type: STRATEGIES[strategy], config });
}
