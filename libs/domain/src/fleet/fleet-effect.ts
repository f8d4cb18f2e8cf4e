import type { ReplicaCommand } from '../replica/replica-events.js';
import type { RolloutCommand } from '../rollout/rollout-events.js';
import type { StatusCommand } from '../status/deployment-status.js';
import type { FleetInput } from './fleet.js';

type WithoutTime<C> = C extends unknown ? Omit<C, 'atMs'> : never;

/** Requests; the runner stamps the time of sending on each command. All are safe to repeat. */
export type FleetEffect =
  | { readonly type: 'sendRollout'; readonly rolloutId: string; readonly command: WithoutTime<RolloutCommand> }
  | { readonly type: 'sendReplica'; readonly replicaId: string; readonly command: WithoutTime<ReplicaCommand> }
  | { readonly type: 'sendStatus'; readonly deploymentId: string; readonly command: WithoutTime<StatusCommand> }
  | { readonly type: 'wakeIn'; readonly timerId: string; readonly delayMs: number; readonly input: FleetInput };
