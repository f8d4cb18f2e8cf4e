import { parseEventAs, rolloutEventTypes, splitStream } from '@slipway/contracts';
import { rollout, type RolloutEvent, type RolloutState } from '@slipway/domain';
import { projectionTable, type Projection } from '@slipway/event-log';

export type RolloutRow = {
  readonly rolloutId: string;
  readonly deploymentId: string;
  readonly targetRevisionId: string;
  readonly previousRevisionId: string | null;
  readonly state: Exclude<RolloutState, { phase: 'absent' }>;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
};

export const rollouts: Projection<RolloutRow, RolloutEvent> = {
  name: 'rollouts',
  version: 1,
  filter: { types: rolloutEventTypes },
  parse: parseEventAs<RolloutEvent>(),
  keys: (_event, recorded) => [splitStream(recorded.streamId).id],

  apply(row, event, { key: rolloutId }) {
    const state = rollout.evolve(row?.state ?? rollout.initialState, event);
    if (state.phase === 'absent') throw new Error(`rollout ${rolloutId} begins with ${event.type}`);
    if (event.type === 'RolloutStarted') {
      const { deploymentId, targetRevisionId, previousRevisionId, atMs: startedAtMs } = event;
      return { rolloutId, deploymentId, targetRevisionId, previousRevisionId, state, startedAtMs, endedAtMs: null };
    }
    if (row === null) throw new Error(`rollout ${rolloutId} begins with ${event.type}`);
    return { ...row, state, endedAtMs: state.phase === 'walking' ? null : event.atMs };
  },
};

export const rolloutsTable = projectionTable<RolloutRow, RolloutEvent, { readonly deploymentId: string; readonly startedAtMs: number }>(rollouts, {
  columns: { deploymentId: { type: 'varchar', index: true }, startedAtMs: { type: 'integer' } },
  toColumns: ({ deploymentId, startedAtMs }) => ({ deploymentId, startedAtMs }),
});
