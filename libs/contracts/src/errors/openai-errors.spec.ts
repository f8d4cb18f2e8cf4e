import { OPENAI_ERRORS, openAiError, type OpenAiErrorName } from './openai-errors.js';

describe('errors in the shape of OpenAI', () => {
  it.each(Object.keys(OPENAI_ERRORS) as OpenAiErrorName[])('%s is whole, and leaves no gap in its message', (name) => {
    const { status, body } = openAiError(name, { model: 'm', revision: 'r', method: 'GET', path: '/p', bodyBytesMax: '1', modelLengthMax: '2' });
    expect(status).toBe(OPENAI_ERRORS[name].status);
    expect(JSON.parse(body)).toEqual({
      error: {
        message: expect.stringMatching(/^[^{}]+[.>`]$/),
        type: status < 500 ? 'invalid_request_error' : 'server_error',
        param: OPENAI_ERRORS[name].param ?? null,
        code: expect.stringMatching(/^[a-z0-9_]+$/),
      },
    });
  });

  it('says back only so much of what a client wrote', () => {
    expect(openAiError('modelNotFound', { model: 'x'.repeat(10_000) }).body.length).toBeLessThan(500);
  });
});
