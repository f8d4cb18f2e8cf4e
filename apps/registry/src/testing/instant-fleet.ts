import { deploymentEventTypes, parseEvent, parseEventAs, replicaEventTypes, rolloutEventTypes, serializeEvent, splitStream, statusEventTypes, streams } from '@slipway/contracts';
import {
  deploymentStatus,
  fleetProcess,
  replica,
  rollout,
  type FleetEffect,
  type FleetInput,
  type ReplicaCommand,
  type ReplicaEvent,
  type RolloutEvent,
  type StatusEvent,
} from '@slipway/domain';
import { handleCommand, loadState, startProcessRunner, type Clock, type EventLog, type ProcessRunner, type RecordedEvent } from '@slipway/event-log';

const aggregates = {
  rollout: { decider: rollout, parse: parseEventAs<RolloutEvent>(), serialize: serializeEvent },
  replica: { decider: replica, parse: parseEventAs<ReplicaEvent>(), serialize: serializeEvent },
  status: { decider: deploymentStatus, parse: parseEventAs<StatusEvent>(), serialize: serializeEvent },
};

/**
 * The other side of the log, for tests of the registry: real rollouts and statuses, with replicas that are ready as soon
 * as they are asked for, gone as soon as they are not, and no waits. A revision in `broken` never gets one up.
 */
export function startInstantFleet(log: EventLog, clock: Clock, broken: ReadonlySet<string>): ProcessRunner {
  const perform = async (effect: Exclude<FleetEffect, { type: 'wakeIn' }>, { effectId }: { readonly effectId: string }): Promise<void> => {
    const atMs = clock.nowMs();
    const context = { commandId: effectId };
    switch (effect.type) {
      case 'sendRollout': {
        await handleCommand(log, aggregates.rollout, streams.rollout(effect.rolloutId), { ...effect.command, atMs }, context);
        const { state } = await loadState(log, aggregates.rollout, streams.rollout(effect.rolloutId));
        const step = state.phase === 'absent' ? 0 : state.step;
        const skip = { type: 'SkipStep' as const, step, actor: 'test', reason: null, atMs }; // refused where nothing waits
        await handleCommand(log, aggregates.rollout, streams.rollout(effect.rolloutId), skip, { commandId: `${effectId}/skip` });
        return;
      }
      case 'sendStatus':
        await handleCommand(log, aggregates.status, streams.status(effect.deploymentId), { ...effect.command, atMs }, context);
        return;
      case 'sendReplica': {
        const commands = [effect.command, ...afterwards(effect.command, broken)].map((command) => ({ ...command, atMs }) as ReplicaCommand);
        for (const [index, command] of commands.entries())
          await handleCommand(log, aggregates.replica, streams.replica(effect.replicaId), command, { commandId: `${effectId}/${index}` });
      }
    }
  };
  const types = [...deploymentEventTypes, ...rolloutEventTypes, ...replicaEventTypes, ...statusEventTypes];
  return startProcessRunner({ name: 'fleet', process: fleetProcess, filter: { types }, route, perform }, { log, clock });
}

type WithoutTime<C> = C extends unknown ? Omit<C, 'atMs'> : never;
type Command = WithoutTime<ReplicaCommand>;

function afterwards(command: Command, broken: ReadonlySet<string>): readonly Command[] {
  if (command.type === 'DrainReplica') return [{ type: 'RecordDrained', forced: false, inFlight: 0 }, { type: 'RecordStopped' }];
  if (command.type !== 'RequestReplica') return [];
  const launched = { type: 'RecordLaunch' as const, attempt: 1, endpoint: 'http://127.0.0.1:20000', handle: 'instant' };
  const errorData = { reason: 'LAUNCH_FAILED' as const, message: 'it is broken', exitCode: null, signal: null, lastLines: [] };
  return broken.has(command.revisionId) ? [{ type: 'GiveUpReplica', errorData }] : [launched, { type: 'RecordReady', attempt: 1 }];
}

function route(recorded: RecordedEvent): { readonly key: string; readonly input: FleetInput } | null {
  const { category, id } = splitStream(recorded.streamId);
  const event = parseEvent(recorded);
  switch (category) {
    case 'deployment':
    case 'status':
      return { key: id, input: { from: category, event } as FleetInput };
    case 'rollout':
      return { key: (event as RolloutEvent).deploymentId, input: { from: 'rollout', rolloutId: id, event } as FleetInput };
    case 'replica':
      return { key: (event as ReplicaEvent).deploymentId, input: { from: 'replica', replicaId: id, event } as FleetInput };
    default:
      return null;
  }
}
