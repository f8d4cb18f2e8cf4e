import {
  accessEventTypes,
  deploymentEventTypes,
  nameEventTypes,
  replicaEventTypes,
  rolloutEventTypes,
  scalingEventTypes,
  statusEventTypes,
} from '@slipway/contracts';
import { access, deployment, deploymentStatus, name, replica, revision, rollout, scaling, type Decider } from '@slipway/domain';

/** How one kind of stream is folded, and which events may stand in it. */
export type AggregateFold<State, Event> = {
  readonly decider: Pick<Decider<State, never, Event, never>, 'initialState' | 'evolve'>;
  readonly types: readonly string[];
};

export type AnyAggregateFold = AggregateFold<unknown, { readonly type: string }>;

/** By the category of the stream. */
export const aggregateFolds = {
  deployment: { decider: deployment, types: deploymentEventTypes },
  revision: { decider: revision, types: ['RevisionCreated'] },
  access: { decider: access, types: accessEventTypes },
  name: { decider: name, types: nameEventTypes },
  rollout: { decider: rollout, types: rolloutEventTypes },
  replica: { decider: replica, types: replicaEventTypes },
  scaling: { decider: scaling, types: scalingEventTypes },
  status: { decider: deploymentStatus, types: statusEventTypes },
} as const satisfies Readonly<Record<string, AnyAggregateFold>>;

export type AggregateCategory = keyof typeof aggregateFolds;

export const isAggregateCategory = (category: string): category is AggregateCategory => Object.hasOwn(aggregateFolds, category);

export const STREAM_CATEGORIES: readonly string[] = [...Object.keys(aggregateFolds), 'process'];
