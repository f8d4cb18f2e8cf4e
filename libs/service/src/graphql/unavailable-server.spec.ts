import { createLogger } from '../logging/logger.js';
import { toGraphQLError } from './graphql-error.js';
import { unavailableServer } from './unavailable-server.js';

const failure = (message: string, fields: object): Error => Object.assign(new Error(message), fields);

describe('a server that is away', () => {
  it.each([
    [failure('x', { code: 'LOG_UNREACHABLE', outcome: 'not-written' }), 'the event log'],
    [failure('x', { code: 'LOG_UNREACHABLE', outcome: 'not-written', cause: { code: '53100' } }), 'the event log (its disk is full)'],
    [failure('x', { code: 'LOG_UNREACHABLE', outcome: 'unknown' }), expect.stringMatching(/^the event log, .*look whether it did/)],
    [failure('connect ECONNREFUSED', { code: 'ECONNREFUSED' }), 'the database'],
    [failure('could not extend file', { code: '53100' }), 'the database (its disk is full)'],
    [failure('terminating connection', { code: '57P01' }), 'the database'],
    [new Error('Connection terminated unexpectedly'), 'the database'],
    [new Error('timeout exceeded when trying to connect'), 'the database'],
    [failure('syntax error', { code: '42601' }), null],
    [new TypeError('a is undefined'), null],
    [undefined, null],
  ])('is told by the error: %s', (error, expected) => {
    expect(unavailableServer(error)).toEqual(expected);
  });

  it('is answered as UNAVAILABLE, and said once in the log with its reason', () => {
    const lines: object[] = [];
    const logger = createLogger('test', { destination: { write: (line) => void lines.push(JSON.parse(line) as object) } });
    const full = failure('the event log cannot be reached: could not extend file: No space left on device', { code: 'LOG_UNREACHABLE', outcome: 'not-written', cause: { code: '53100' } });
    for (let request = 0; request < 3; request++)
      expect(toGraphQLError(full, `request-${request}`, logger)).toMatchObject({
        message: 'the event log (its disk is full) is not available right now; try again',
        extensions: { code: 'UNAVAILABLE', status: 503 },
      });
    expect(lines).toMatchObject([{ level: 40, event: 'request.unavailable', requestId: 'request-0', reason: expect.stringContaining('No space left') as string }]);
  });
});
