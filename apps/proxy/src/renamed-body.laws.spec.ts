import fc from 'fast-check';
import { renamedBody } from './renamed-body.js';

const extra = fc.dictionary(fc.string(), fc.jsonValue());

describe('a body under another model', () => {
  it('differs in its model and in nothing else, whatever else it says and however it is laid out', () => {
    fc.assert(
      fc.property(extra, extra, fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), fc.constantFrom(undefined, 2, '\t'), (before, after, model, wanted, space) => {
        const body = { ...before, nested: { model: 'inner', list: [{ model: 'deep' }] }, ...after, model };
        const renamed = renamedBody(Buffer.from(JSON.stringify(body, null, space)), wanted).toString();
        expect(renamed).toBe(JSON.stringify({ ...body, model: wanted }, null, space));
      }),
    );
  });

  it.each([
    ['numbers no double can hold', '{"seed":12345678901234567890,"model":"a@1","t":1.0}', '{"seed":12345678901234567890,"model":"b","t":1.0}'],
    ['a key that is written with escapes', String.raw`{"mod\u0065l":"a@1"}`, String.raw`{"mod\u0065l":"b"}`],
    ['text that looks like the key', String.raw`{"x":"\"model\":\"no\"","model" : "a@1"}`, String.raw`{"x":"\"model\":\"no\"","model" : "b"}`],
    ['a model said twice, of which the last counts', '{"model":1,"model":"a@1"}', '{"model":1,"model":"b"}'],
  ])('keeps %s', (_what, body, expected) => {
    expect(renamedBody(Buffer.from(body), 'b').toString()).toBe(expected);
  });
});
