import { streams } from '@slipway/contracts';
import type { FleetEffect } from '@slipway/domain';
import { handleCommand, type EventLog, type PerformContext } from '@slipway/event-log';
import type { Logger } from '@slipway/service';
import { aggregates } from '../aggregates.js';

type Sent = Exclude<FleetEffect, { type: 'wakeIn' }>;
export type FleetEffectPorts = { readonly log: EventLog; readonly nowMs: () => number; readonly logger: Logger };

/** Sends one command of the fleet process. The effect's id is the command's, so a repeat writes nothing twice. */
export async function performFleetEffect({ log, nowMs, logger }: FleetEffectPorts, effect: Sent, { effectId, metadata }: Pick<PerformContext, 'effectId' | 'metadata'>): Promise<void> {
  const { traceparent, correlationId = effectId } = metadata;
  const context = { commandId: effectId, correlationId, causationId: effectId, actor: 'orchestrator', traceparent };
  const command = { ...effect.command, atMs: nowMs() } as never;
  const outcome = await send();
  if ('rejected' in outcome) logger.warn({ event: 'fleet.command.refused', effect, reason: outcome.rejected }, 'a command was refused');

  function send() {
    switch (effect.type) {
      case 'sendRollout':
        return handleCommand(log, aggregates.rollout, streams.rollout(effect.rolloutId), command, context);
      case 'sendReplica':
        return handleCommand(log, aggregates.replica, streams.replica(effect.replicaId), command, context);
      case 'sendStatus':
        return handleCommand(log, aggregates.status, streams.status(effect.deploymentId), command, context);
    }
  }
}
