import type { DeploymentCommand, DeploymentEvent } from './deployment-events.js';

type CommandOf<T extends DeploymentCommand['type']> = Extract<DeploymentCommand, { type: T }>;
type EventOf<T extends DeploymentEvent['type']> = Extract<DeploymentEvent, { type: T }>;

const facts = {
  deploymentId: 'd',
  name: 'llama-3',
  domain: 'default',
  project: 'research',
  createdBy: 'u',
  openToPublic: false,
  preferredDomainName: null,
  tags: ['a'],
  strategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } },
  desiredReplicaCount: 2,
  atMs: 1,
} as const;

export const hashOf = (revisionId: string): string => `hash of ${revisionId}`;

/** A deployment as stories begin with it: one revision, asked to become active. */
export const createDeployment: CommandOf<'CreateDeployment'> = {
  type: 'CreateDeployment',
  ...facts,
  initialRevision: { revisionId: 'r1', contentHash: hashOf('r1'), activationId: 'a1' },
};
export const created: EventOf<'DeploymentCreated'> = { type: 'DeploymentCreated', ...facts };

export const registered = (revisionId: string, number: number): EventOf<'RevisionRegistered'> => ({
  type: 'RevisionRegistered',
  revisionId,
  number,
  contentHash: hashOf(revisionId),
  atMs: 1,
});

export const requested = (
  activationId: string,
  revisionId: string,
  rest: Partial<EventOf<'RevisionActivationRequested'>> = {},
): EventOf<'RevisionActivationRequested'> => ({
  type: 'RevisionActivationRequested',
  activationId,
  revisionId,
  previousRevisionId: null,
  cause: { kind: 'create' },
  atMs: 1,
  ...rest,
});

export const activated = (activationId: string, revisionId: string): EventOf<'RevisionActivated'> => ({
  type: 'RevisionActivated',
  activationId,
  revisionId,
  atMs: 2,
});

/** Created with r1, which is active; r2 is there as well. */
export const serving: readonly DeploymentEvent[] = [
  created,
  registered('r1', 1),
  requested('a1', 'r1'),
  activated('a1', 'r1'),
  registered('r2', 2),
];

export const activate = (activationId: string, revisionId: string, rest: Partial<CommandOf<'ChangeDeployment'>> = {}) =>
  ({ type: 'ChangeDeployment', activation: { activationId, revisionId, cause: { kind: 'activate' } }, atMs: 5, ...rest }) as const;

export const confirm = (activationId: string, configurationHash = ''): CommandOf<'ConfirmActivation'> => ({
  type: 'ConfirmActivation',
  activationId,
  configurationHash,
  atMs: 2,
});
