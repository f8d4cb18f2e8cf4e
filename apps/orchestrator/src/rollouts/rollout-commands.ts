import { logRefusal, SlipwayError, streams } from '@slipway/contracts';
import type { RolloutCommand, RolloutRejection } from '@slipway/domain';
import { handleCommand, loadState, type EventLog } from '@slipway/event-log';
import type { RequestContext } from '@slipway/service';
import { aggregates } from '../aggregates.js';

type UserCommand = Extract<RolloutCommand, { readonly actor: string }>;
/** What a person may ask of a rollout, without who asks and when. `step` null: the one under way, whichever that is. */
export type RolloutWish = UserCommand extends infer C ? (C extends UserCommand ? WishOf<C> : never) : never;
type WishOf<C> = Omit<C, 'actor' | 'atMs' | 'step'> & (C extends { readonly step: number } ? { readonly step: number | null } : unknown);

/** Characters of the reason a person gives. */
export const REASON_CHARACTERS_MAX = 1_000;
/** Ids are made by us; whatever else somebody asks for cannot exist, and may not even be the name of a stream. */
const ROLLOUT_ID = /^[\w.-]{1,128}$/;
const ID_CHARACTERS_SHOWN = 120;

/**
 * Records what a person wants of a rollout; the fleet does it. Under the same command id it is recorded once.
 * @returns the log position to read the answer at; 0 when it was so already.
 * @throws SlipwayError ROLLOUT_NOT_FOUND, ROLLOUT_ENDED, ROLLOUT_GOING_BACK, ROLLOUT_PROMOTED, STEP_NOT_UNDER_WAY,
 * NOTHING_TO_PASS, CONTENTION, UNAVAILABLE
 */
export async function askOfRollout(log: EventLog, rolloutId: string, wish: RolloutWish, asker: RequestContext, atMs: number): Promise<number> {
  if (!ROLLOUT_ID.test(rolloutId)) throw new SlipwayError('ROLLOUT_NOT_FOUND', { rolloutId: rolloutId.slice(0, ID_CHARACTERS_SHOWN) });
  const { actor, correlationId, commandId, traceparent } = asker;
  const context = { actor, correlationId, commandId, ...(traceparent === null ? {} : { traceparent }) };
  try {
    const command = { ...wish, ...(await namedStep(log, rolloutId, wish)), actor, atMs } as UserCommand;
    const outcome = await handleCommand(log, aggregates.rollout, streams.rollout(rolloutId), command, context);
    if ('rejected' in outcome) throw refusal(outcome.rejected, rolloutId);
    return outcome.position;
  } catch (error) {
    throw logRefusal(error);
  }
}

/** Who named no step means the one under way now; should it be over by the time of the decision, that is refused, not the next one passed. */
async function namedStep(log: EventLog, rolloutId: string, wish: RolloutWish): Promise<{ readonly step?: number }> {
  if (!('step' in wish)) return {};
  if (wish.step !== null) return { step: wish.step };
  const { state } = await loadState(log, aggregates.rollout, streams.rollout(rolloutId));
  return { step: state.phase === 'absent' ? 0 : state.step };
}

function refusal(rejection: RolloutRejection, rolloutId: string): SlipwayError {
  switch (rejection.type) {
    case 'NoSuchRollout':
      return new SlipwayError('ROLLOUT_NOT_FOUND', { rolloutId });
    case 'RolloutHasEnded':
      return new SlipwayError('ROLLOUT_ENDED', { rolloutId, phase: rejection.phase });
    case 'RolloutIsGoingBack':
      return new SlipwayError('ROLLOUT_GOING_BACK', { rolloutId });
    case 'RolloutIsPromoted':
      return new SlipwayError('ROLLOUT_PROMOTED', { rolloutId });
    case 'StepNotUnderWay':
      return new SlipwayError('STEP_NOT_UNDER_WAY', { rolloutId, step: rejection.step, currentStep: rejection.currentStep });
    case 'NothingToPass':
      return new SlipwayError('NOTHING_TO_PASS', { rolloutId, currentStep: rejection.currentStep, stepType: rejection.stepType });
    case 'StepOutOfOrder':
    case 'StepNotDone':
      return new SlipwayError('CONTENTION');
  }
}
