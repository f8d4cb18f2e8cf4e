import { errorCatalogue, invalidInput, SlipwayError, type ErrorCode } from '@slipway/contracts';
import { GraphQLError } from 'graphql';
import { createLogger } from '../logging/logger.js';
import { toGraphQLError } from './graphql-error.js';

const lines: string[] = [];
const logger = createLogger('test', { destination: { write: (line) => void lines.push(line) } });
beforeEach(() => void (lines.length = 0));

describe('an error on its way out', () => {
  it.each(Object.keys(errorCatalogue) as ErrorCode[])('keeps the code %s and its status', (code) => {
    const shown = toGraphQLError(new SlipwayError(code, { a: 1 }), 'r1', logger);
    expect(shown.extensions).toEqual({ code, status: errorCatalogue[code].status, fields: { a: 1 } });
    expect(lines).toEqual([]);
  });

  it('keeps every problem of bad input, and where it happened', () => {
    const problems = [{ field: 'name', problem: 'is empty' }];
    const located = new GraphQLError('x', { originalError: invalidInput(problems), path: ['create'] });
    const shown = toGraphQLError(located, 'r1', logger);
    expect(shown.path).toEqual(['create']);
    expect(shown.extensions).toMatchObject({ code: 'INVALID_INPUT', status: 422, problems });
  });

  it.each([
    ['an Error', new Error('the password is hunter2')],
    ['a thrown string', 'hunter2'],
    ['nothing', undefined],
    ['a located Error', new GraphQLError('hunter2', { originalError: new Error('hunter2'), path: ['a'] })],
    ['a code that is not ours', new GraphQLError('hunter2', { extensions: { code: 'ER_NO_SUCH_TABLE', sql: 'hunter2' } })],
    ['a name every object has', new GraphQLError('hunter2', { extensions: { code: 'constructor' } })],
    ['a result that does not fit its type', new GraphQLError('Int cannot represent hunter2', { path: ['a'], originalError: new GraphQLError('Int cannot represent hunter2') })],
  ])('hides %s behind the request id, and logs it', (_name, error) => {
    const shown = toGraphQLError(error, 'r1', logger);
    expect(shown.toJSON()).toMatchObject({ message: expect.stringContaining('under request r1') as string, extensions: { code: 'INTERNAL', status: 500 } });
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"requestId":"r1"');
  });
});
