import { SlipwayError, streams } from '@slipway/contracts';
import { configurationText, type RegistrarEffect } from '@slipway/domain';
import type { PerformContext } from '@slipway/event-log';
import { deploymentAt } from './deployments/deployment-history.js';
import { releaseUnused } from './deployments/reserve-names.js';
import { sha256Hex } from './ids.js';
import { command, type Asker } from './registry-command.js';
import type { RegistryPorts } from './registry-ports.js';

type Sent = Exclude<RegistrarEffect, { type: 'wakeIn' }>;

/** Performs one effect of the registrar process. Safe to repeat: the effect's id is the command's. */
export async function performRegistrarEffect(ports: RegistryPorts, effect: Sent, { effectId, metadata }: Pick<PerformContext, 'effectId' | 'metadata'>): Promise<void> {
  const asker: Asker = { actor: 'registrar', correlationId: metadata.correlationId ?? effectId, commandId: effectId, traceparent: metadata.traceparent ?? null };
  const { deploymentId } = effect;
  const stream = streams.deployment(deploymentId);
  const atMs = ports.nowMs();
  switch (effect.type) {
    case 'confirmActivation': {
      const state = await deploymentAt(ports.log, deploymentId);
      if (state === null) throw new SlipwayError('DEPLOYMENT_NOT_FOUND', { deploymentId });
      const { activationId } = effect;
      const revisionId = state.pending?.activationId === activationId ? state.pending.revisionId : state.activeRevisionId;
      const configurationHash = sha256Hex(configurationText(state, revisionId));
      await command(ports, 'deployment', stream, { type: 'ConfirmActivation', activationId, configurationHash, atMs }, asker, 'confirm');
      return;
    }
    case 'failActivation': {
      const { activationId, reason } = effect;
      await command(ports, 'deployment', stream, { type: 'FailActivation', activationId, reason, atMs }, asker, 'fail');
      return;
    }
    case 'scale':
      await command(ports, 'deployment', stream, { type: 'ScaleReplicas', ...effect.replicas, atMs }, asker, 'scale');
      return;
    case 'confirmDeletion':
      await command(ports, 'deployment', stream, { type: 'ConfirmDeletion', atMs }, asker, 'gone');
      return;
    case 'releaseName':
      return releaseUnused(ports, deploymentId, streams.name(effect.domain, effect.name), asker);
    case 'releaseHost':
      return releaseUnused(ports, deploymentId, streams.host(effect.hostName), asker);
    case 'releaseStream':
      return releaseUnused(ports, deploymentId, effect.nameStream, asker);
  }
}
