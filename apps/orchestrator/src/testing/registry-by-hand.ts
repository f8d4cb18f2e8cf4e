import { randomUUID } from 'node:crypto';
import { deploymentEventTypes, parseEvent, parseEventAs, rolloutEventTypes, serializeEvent, splitStream, streams } from '@slipway/contracts';
import {
  deployment,
  registrarProcess,
  revision,
  VARIANT_PROFILES,
  type DeploymentCommand,
  type DeploymentEvent,
  type DeploymentSettings,
  type RegistrarEffect,
  type RegistrarInput,
  type RevisionEvent,
  type RevisionSpec,
  type RolloutEvent,
  type VariantName,
} from '@slipway/domain';
import { handleCommand, startProcessRunner, type EventLog, type RecordedEvent } from '@slipway/event-log';

const aggregates = {
  deployment: { decider: deployment, parse: parseEventAs<DeploymentEvent>(), serialize: serializeEvent },
  revision: { decider: revision, parse: parseEventAs<RevisionEvent>(), serialize: serializeEvent },
};

export type Settings = Partial<DeploymentSettings> & { readonly name?: string; readonly variant?: VariantName; readonly spec?: Partial<RevisionSpec> };
export type Created = { readonly id: string; readonly revisionId: string };
export type RegistryByHand = AsyncDisposable & {
  create(settings?: Settings): Promise<Created>;
  /** A further revision; its id. */
  publish(deploymentId: string, settings?: Pick<Settings, 'variant' | 'spec'>): Promise<string>;
  activate(deploymentId: string, revisionId: string): Promise<void>;
  change(deploymentId: string, settings: Partial<DeploymentSettings>): Promise<void>;
  remove(deploymentId: string): Promise<void>;
};

/** The other side of the log, for tests of the orchestrator: writes what a registry writes, and confirms what became of it. */
export function openRegistryByHand(log: EventLog, nowMs: () => number): RegistryByHand {
  const send = async (deploymentId: string, command: DeploymentCommand, commandId: string = randomUUID(), actor = 'admin'): Promise<void> => {
    const outcome = await handleCommand(log, aggregates.deployment, streams.deployment(deploymentId), command, { commandId, actor, correlationId: commandId });
    if ('rejected' in outcome) throw new Error(JSON.stringify(outcome.rejected));
  };
  const publish = async (deploymentId: string, { variant = 'mock', spec = {} }: Pick<Settings, 'variant' | 'spec'>): Promise<string> => {
    const revisionId = randomUUID();
    const command = { type: 'CreateRevision' as const, revisionId, deploymentId, name: null, tags: [], warnings: [], createdBy: 'test', atMs: nowMs() };
    const content = { spec: { ...revisionSpec(variant), ...spec }, contentHash: revisionId.replaceAll('-', '').repeat(2) };
    await handleCommand(log, aggregates.revision, streams.revision(revisionId), { ...command, ...content }, { commandId: randomUUID(), actor: 'admin' });
    return revisionId;
  };
  const perform = async (effect: Exclude<RegistrarEffect, { type: 'wakeIn' }>, { effectId }: { readonly effectId: string }): Promise<void> => {
    const atMs = nowMs();
    const { deploymentId } = effect;
    if (effect.type === 'confirmActivation')
      await send(deploymentId, { type: 'ConfirmActivation', activationId: effect.activationId, configurationHash: '0'.repeat(64), atMs }, effectId, 'registrar');
    if (effect.type === 'failActivation') await send(deploymentId, { type: 'FailActivation', activationId: effect.activationId, reason: effect.reason, atMs }, effectId, 'registrar');
    if (effect.type === 'confirmDeletion') await send(deploymentId, { type: 'ConfirmDeletion', atMs }, effectId, 'registrar');
  };
  const types = [...deploymentEventTypes, ...rolloutEventTypes, 'DeploymentStatusChanged'];
  const registrar = startProcessRunner({ name: 'registrar', process: registrarProcess, filter: { types }, route, perform }, { log });

  return {
    async create({ name = 'tiny', variant = 'mock', spec = {}, ...settings } = {}) {
      const id = randomUUID();
      const revisionId = await publish(id, { variant, spec });
      const identity = { deploymentId: id, name, domain: 'default', project: 'research', createdBy: 'test' };
      const initialRevision = { revisionId, contentHash: revisionId.replaceAll('-', '').repeat(2), activationId: randomUUID() };
      await send(id, { type: 'CreateDeployment', ...identity, ...DEFAULTS, ...settings, initialRevision, atMs: nowMs() });
      return { id, revisionId };
    },
    async publish(deploymentId, settings = {}) {
      const revisionId = await publish(deploymentId, settings);
      await send(deploymentId, { type: 'RegisterRevision', revisionId, contentHash: revisionId.replaceAll('-', '').repeat(2), atMs: nowMs() });
      return revisionId;
    },
    activate: (deploymentId, revisionId) =>
      send(deploymentId, { type: 'ChangeDeployment', activation: { activationId: randomUUID(), revisionId, cause: { kind: 'activate' } }, atMs: nowMs() }),
    change: (deploymentId, settings) => send(deploymentId, { type: 'ChangeDeployment', settings, atMs: nowMs() }),
    remove: (deploymentId) => send(deploymentId, { type: 'DeleteDeployment', atMs: nowMs() }),
    [Symbol.asyncDispose]: () => registrar[Symbol.asyncDispose](),
  };
}

const DEFAULTS: DeploymentSettings = {
  openToPublic: false,
  preferredDomainName: null,
  tags: [],
  strategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } },
  desiredReplicaCount: 2,
};

function revisionSpec(variant: VariantName): RevisionSpec {
  return {
    clusterConfig: { mode: 'SINGLE_NODE', size: 1 },
    image: { name: 'slipway-engine', architecture: 'x86_64' },
    modelRuntimeConfig: { runtimeVariant: variant, serviceConfig: null, environ: {}, profile: VARIANT_PROFILES[variant] },
    modelVFolderConfig: { vfolderId: 'tiny', vfolderName: 'tiny', mountDestination: '/models', definitionPath: 'model-definition.yaml' },
    modelDefinition: null,
    mounts: [],
    resourceConfig: { resourceGroup: 'default', slots: { cpu: 1, mem: { text: '64m', bytes: 64 * 1024 ** 2 }, extra: null }, opts: null },
  };
}

function route(recorded: RecordedEvent): { readonly key: string; readonly input: RegistrarInput } | null {
  const { category, id } = splitStream(recorded.streamId);
  const event = parseEvent(recorded);
  switch (category) {
    case 'deployment':
      return { key: id, input: { from: 'deployment', deploymentId: id, event } as RegistrarInput };
    case 'status':
      return { key: id, input: { from: 'status', event } as RegistrarInput };
    case 'scaling':
      return { key: id, input: { from: 'scaling', deploymentId: id, event } as RegistrarInput };
    case 'rollout':
      return { key: (event as RolloutEvent).deploymentId, input: { from: 'rollout', event } as RegistrarInput };
    default:
      return null;
  }
}
