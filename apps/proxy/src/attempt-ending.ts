import type { ForwardOutcome } from './forward-engine.js';

/**
 * How a try ended, for who judges a revision by it. `cancelled`: by the client, after the first byte of an answer that was
 * well until then. `handedOver`: the replica was leaving and said so; that is neither for nor against it.
 */
export type AttemptEnding = 'success' | 'cancelled' | 'failure' | 'excluded' | 'handedOver';

export type AttemptState = {
  /** Of the answer; 0 while none has come. */
  readonly status: number;
  readonly firstByteHasCome: boolean;
  /** The replica answered that it is leaving. */
  readonly isDraining: boolean;
};

/** What the replica has to answer for: its 5xx, and every try that ended without an answer, saved by another replica or not. */
export function endingOf(outcome: ForwardOutcome, state: AttemptState): AttemptEnding {
  switch (outcome.type) {
    case 'completed':
      return endingByStatus(state.status, 'success');
    case 'dropped':
      return state.isDraining ? 'handedOver' : 'failure';
    case 'failed':
      return 'failure';
    case 'cut':
      return outcome.failure === 'stalled' ? endingAsLeft(state) : 'failure'; // it was the client that read nothing
  }
}

/** The client left. */
export function endingAsLeft({ status, firstByteHasCome }: AttemptState): AttemptEnding {
  return firstByteHasCome ? endingByStatus(status, 'cancelled') : 'excluded';
}

function endingByStatus(status: number, well: AttemptEnding): AttemptEnding {
  if (status >= 500) return 'failure';
  return status >= 400 ? 'excluded' : well;
}
