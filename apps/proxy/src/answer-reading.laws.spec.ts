import fc from 'fast-check';
import { AnswerReading } from './answer-reading.js';
import { CHAT_COMPLETION, chatChunks } from './testing/scripted-upstream.js';

/** Bytes cut at any places, as they may come from a socket. */
const cutInto = (bytes: Buffer, cuts: readonly number[]): readonly Buffer[] => {
  const at = [0, ...cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end)).filter(({ length }) => length > 0);
};

function read(chunks: readonly Buffer[], isStream: boolean): AnswerReading {
  const reading = new AnswerReading(isStream, true);
  for (const chunk of chunks) reading.note(chunk);
  reading.finish();
  return reading;
}

const usage = { prompt_tokens: 12, total_tokens: 46, completion_tokens: 34 };
const withUsage = `data: ${JSON.stringify({ id: 'c', choices: [], usage })}\n\n`;

describe('the reading of an answer that passes', () => {
  it('counts the events of a stream wherever its bytes are cut, and neither comments nor the end', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 20 }), fc.array(fc.nat()), fc.constantFrom('\n', '\r\n'), fc.boolean(), (words, cuts, lineEnd, isWhole) => {
        const events = chatChunks(words).flatMap((event) => [': still here\n\n', event]);
        const text = (isWhole ? events : events.slice(0, -1)).join('').replaceAll('\n', lineEnd);
        const { events: counted } = read(cutInto(Buffer.from(text), isWhole ? cuts.map((cut) => cut % (text.length - 'data: [DONE]'.length - 6)) : cuts), true);
        expect(counted).toBe(words.length + 1);
      }),
    );
  });

  it('finds the usage of a whole answer, whatever the model said and wherever the bytes are cut once', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.integer({ min: 0, max: 1e9 }), (content, cut, tokens) => {
        const answer = { ...CHAT_COMPLETION, choices: [{ index: 0, message: { role: 'assistant', content: `${content} "usage":{"prompt_tokens":7}` } }], usage: { ...usage, prompt_tokens: tokens } };
        expect(read(cutInto(Buffer.from(JSON.stringify(answer)), [cut]), false)).toMatchObject({ promptTokens: tokens, completionTokens: 34 });
      }),
    );
  });

  it.each(['one chunk', 'chunks of one event'])('finds the usage of a stream that tells it before its end, in %s', (how) => {
    const events = [...chatChunks(['a', 'b']).slice(0, -1), withUsage, 'data: [DONE]\n\n'];
    const chunks = how === 'one chunk' ? [events.join('')] : events;
    const { promptTokens, completionTokens } = read(chunks.map((text) => Buffer.from(text)), true);
    expect({ promptTokens, completionTokens }).toEqual({ promptTokens: 12, completionTokens: 34 });
  });

  it('knows nothing of usage that is null, not there, not of numbers, or said to be part of the text', () => {
    for (const text of ['', '{}', '{"usage":null}', '{"usage":{}}', '{"usage":{"prompt_tokens":"x"}}', JSON.stringify({ content: '"usage":{"prompt_tokens":1}' })])
      expect(read([Buffer.from(text)], false)).toMatchObject({ promptTokens: null, completionTokens: null });
  });

  it('knows what an embedding tells: no tokens were written', () => {
    const answer = JSON.stringify({ object: 'list', data: [], usage: { prompt_tokens: 5, total_tokens: 5 } });
    expect(read([Buffer.from(answer)], false)).toMatchObject({ promptTokens: 5, completionTokens: null });
  });

  it('looks at no more than the end of an answer', () => {
    const far = `{"usage":{"prompt_tokens":1},"choices":"${'x'.repeat(10_000)}"}`;
    expect(read([Buffer.from(far)], false).promptTokens).toBeNull();
  });

  it('does not look into what is compressed', () => {
    const reading = new AnswerReading(true, false);
    reading.note(Buffer.from(withUsage));
    reading.finish();
    expect(reading).toMatchObject({ events: 0, promptTokens: null });
  });
});
