import { logRefusal } from '@slipway/contracts';
import { handleCommand, type CommandOutcome } from '@slipway/event-log';
import type { RequestContext } from '@slipway/service';
import { aggregates } from './aggregates.js';
import { refusal } from './command-errors.js';
import type { RegistryPorts } from './registry-ports.js';

type Aggregates = typeof aggregates;
type CommandOf<K extends keyof Aggregates> = Parameters<Aggregates[K]['decider']['decide']>[0];
type RejectionOf<K extends keyof Aggregates> = Extract<ReturnType<Aggregates[K]['decider']['decide']>, { rejected: unknown }>['rejected'];
type EventOf<K extends keyof Aggregates> = ReturnType<Aggregates[K]['parse']>;

/** Who asks, and under which id: a repeated `commandId` changes nothing twice. */
export type Asker = Pick<RequestContext, 'actor' | 'correlationId' | 'commandId' | 'traceparent'>;

/** Decides and records one command. The step keeps the commands of one request apart. */
export async function command<K extends keyof Aggregates>(
  { log }: Pick<RegistryPorts, 'log'>,
  kind: K,
  streamId: string,
  given: CommandOf<K>,
  asker: Asker,
  step: string,
): Promise<CommandOutcome<EventOf<K>, RejectionOf<K>>> {
  const { actor, correlationId, commandId, traceparent } = asker;
  const context = { actor, correlationId, commandId: `${commandId}/${step}`, ...(traceparent === null ? {} : { traceparent }) };
  try {
    const aggregate = aggregates[kind] as never;
    return (await handleCommand(log, aggregate, streamId, given as never, context)) as CommandOutcome<EventOf<K>, RejectionOf<K>>;
  } catch (error) {
    throw logRefusal(error);
  }
}

/** The position a command wrote, or the refusal as an error. */
export function accepted(outcome: CommandOutcome<unknown, Parameters<typeof refusal>[0]>, deploymentId: string): number {
  if ('rejected' in outcome) throw refusal(outcome.rejected, deploymentId);
  return outcome.position;
}
