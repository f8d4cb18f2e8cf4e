import { invalidInput, type FieldProblem } from '@slipway/contracts';
import {
  DEFAULT_STICKINESS,
  parseStrategy,
  type ClusterConfig,
  type DeploymentSettings,
  type DeploymentStrategy,
  type Stickiness,
  type StrategyConfigInput,
  type StrategyType,
} from '@slipway/domain';
import type { RevisionInput } from '../revisions/revision-input.js';
import { DESIRED_REPLICAS_MAX, TAG_CHARACTERS_MAX, TAGS_MAX } from './limits.js';

export type StrategyInput = { readonly type: StrategyType; readonly config?: StrategyConfigInput | null | undefined };

type Optional<T> = T | null | undefined;

export type CreateDeploymentInput = {
  readonly name: string;
  readonly domain: string;
  readonly project: string;
  readonly preferredDomainName?: Optional<string>;
  readonly openToPublic: boolean;
  readonly tags?: Optional<readonly string[]>;
  readonly clusterConfig?: Optional<ClusterConfig>;
  readonly deploymentStrategy: StrategyInput;
  readonly desiredReplicaCount?: Optional<number>;
  readonly stickiness?: Optional<Uppercase<Stickiness>>;
  readonly initialRevision: RevisionInput;
};

export type UpdateDeploymentInput = {
  readonly id: string;
  readonly name?: Optional<string>;
  readonly openToPublic?: Optional<boolean>;
  readonly tags?: Optional<readonly string[]>;
  /** An empty text takes the preferred domain name away. */
  readonly preferredDomainName?: Optional<string>;
  readonly deploymentStrategy?: Optional<StrategyInput>;
  readonly activeRevisionId?: Optional<string>;
  readonly reason?: Optional<string>;
  readonly desiredReplicaCount?: Optional<number>;
  readonly stickiness?: Optional<Uppercase<Stickiness>>;
};

/** Names become the `model` of requests and part of host names. */
const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;
const PROJECT = /^[\p{L}\p{N}][\p{L}\p{N} ._@:-]{0,127}$/u;

export type NewDeployment = DeploymentSettings & { readonly name: string; readonly domain: string; readonly project: string };

/** Everything about a new deployment but its revision; all problems are named at once. */
export function readNewDeployment(input: CreateDeploymentInput): NewDeployment {
  const problems: FieldProblem[] = [];
  checkName(input.name, 'name', problems);
  checkName(input.domain, 'domain', problems);
  if (!PROJECT.test(input.project)) problems.push({ field: 'project', problem: 'is 1 to 128 letters, digits, spaces or . _ @ : -' });
  const settings = readSettings(input, problems);
  if (problems.length > 0) throw invalidInput(problems);
  const { name, domain, project, openToPublic } = input;
  const { preferredDomainName = null, tags = [], strategy, desiredReplicaCount = 1, stickiness = DEFAULT_STICKINESS } = settings;
  if (strategy === undefined) throw invalidInput([{ field: 'deploymentStrategy', problem: 'is required' }]);
  return { name, domain, project, openToPublic, preferredDomainName, tags, strategy, desiredReplicaCount, stickiness };
}

export type DeploymentChange = { readonly name?: string; readonly settings: Partial<DeploymentSettings> };

export function readDeploymentChange(input: UpdateDeploymentInput): DeploymentChange {
  const problems: FieldProblem[] = [];
  if (isGiven(input.name)) checkName(input.name, 'name', problems);
  const settings = readSettings(input, problems);
  if (problems.length > 0) throw invalidInput(problems);
  return isGiven(input.name) ? { name: input.name, settings } : { settings };
}

type SettingsInput = Pick<UpdateDeploymentInput, 'openToPublic' | 'tags' | 'preferredDomainName' | 'deploymentStrategy' | 'desiredReplicaCount' | 'stickiness'>;

function readSettings(input: SettingsInput, problems: FieldProblem[]): Partial<DeploymentSettings> {
  const { openToPublic, tags, preferredDomainName, deploymentStrategy, desiredReplicaCount, stickiness } = input;
  return {
    ...(isGiven(openToPublic) ? { openToPublic } : {}),
    ...(isGiven(tags) ? { tags: readTags(tags, 'tags', problems) } : {}),
    ...(isGiven(preferredDomainName) ? { preferredDomainName: readHostName(preferredDomainName, problems) } : {}),
    ...(isGiven(deploymentStrategy) ? readStrategy(deploymentStrategy, problems) : {}),
    ...(isGiven(desiredReplicaCount) ? { desiredReplicaCount: readCount(desiredReplicaCount, problems) } : {}),
    ...(isGiven(stickiness) ? { stickiness: stickiness.toLowerCase() as Stickiness } : {}),
  };
}

export function readTags(tags: readonly string[], field: string, problems: FieldProblem[]): readonly string[] {
  if (tags.length > TAGS_MAX) problems.push({ field, problem: `has ${tags.length} entries; ${TAGS_MAX} are allowed` });
  if (tags.some((tag) => tag.trim() === '' || tag.length > TAG_CHARACTERS_MAX))
    problems.push({ field, problem: `has an entry that is empty or longer than ${TAG_CHARACTERS_MAX} characters` });
  return tags;
}

function readHostName(given: string, problems: FieldProblem[]): string | null {
  const hostName = given.trim().toLowerCase();
  if (hostName === '') return null;
  if (!HOST_NAME.test(hostName)) problems.push({ field: 'preferredDomainName', problem: 'is not a domain name such as falcon.mycompany.ai' });
  return hostName;
}

function readStrategy({ type, config }: StrategyInput, problems: FieldProblem[]): { strategy?: DeploymentStrategy } {
  const parsed = parseStrategy(type, config);
  if ('strategy' in parsed) return parsed;
  problems.push(...parsed.problems.map(({ field, problem }) => ({ field: `deploymentStrategy.config.${field}`, problem })));
  return {};
}

function readCount(count: number, problems: FieldProblem[]): number {
  if (!Number.isInteger(count) || count < 0 || count > DESIRED_REPLICAS_MAX)
    problems.push({ field: 'desiredReplicaCount', problem: `is a whole number from 0 to ${DESIRED_REPLICAS_MAX}` });
  return count;
}

function checkName(name: string, field: string, problems: FieldProblem[]): void {
  if (!NAME.test(name)) problems.push({ field, problem: 'is 1 to 63 lower-case letters, digits or . _ - and begins and ends with a letter or digit' });
}

const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;
