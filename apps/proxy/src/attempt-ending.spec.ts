import { endingAsLeft, endingOf } from './attempt-ending.js';
import type { ForwardOutcome, UpstreamFailure } from './forward-engine.js';

const completed: ForwardOutcome = { type: 'completed' };
const dropped: ForwardOutcome = { type: 'dropped' };
const failed = (failure: UpstreamFailure): ForwardOutcome => ({ type: 'failed', failure, detail: '' });
const cut = (failure: UpstreamFailure): ForwardOutcome => ({ type: 'cut', failure, detail: '' });
const answered = (status: number, firstByteHasCome = true) => ({ status, firstByteHasCome, isDraining: false });

describe('the ending of a try', () => {
  it.each([
    ['a whole answer', completed, answered(200), 'success'],
    ['a redirect', completed, answered(307), 'success'],
    ['what the client sent wrong', completed, answered(422), 'excluded'],
    ['an engine that refuses for its load', completed, answered(429), 'excluded'],
    ['an error of the engine', completed, answered(500), 'failure'],
    ['a stream cut by the engine', cut('closed'), answered(200), 'failure'],
    ['a stream the client does not read', cut('stalled'), answered(200), 'cancelled'],
    ['no connection', failed('connect'), answered(0, false), 'failure'],
    ['no answer in time', failed('timeout'), answered(0, false), 'failure'],
    ['an answer that was dropped', dropped, answered(0, false), 'failure'],
    ['a replica that says it is leaving', dropped, { ...answered(0, false), isDraining: true }, 'handedOver'],
  ] as const)('with %s', (_what, outcome, state, ending) => {
    expect(endingOf(outcome, state)).toBe(ending);
  });

  it('by a client that left is told by what it had of its answer', () => {
    expect(endingAsLeft(answered(0, false))).toBe('excluded');
    expect(endingAsLeft(answered(200, false))).toBe('excluded');
    expect(endingAsLeft(answered(200))).toBe('cancelled');
    expect(endingAsLeft(answered(404))).toBe('excluded');
    expect(endingAsLeft(answered(503))).toBe('failure');
  });
});
