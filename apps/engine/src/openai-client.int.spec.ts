import { openEngine, TINY_MODEL_PATH } from './engine-under-test.js';
import { openAiClientConformance } from './openai-client.conformance.js';

openAiClientConformance('llama.cpp', ['--model', TINY_MODEL_PATH, '--max-num-seqs', '2']);
openAiClientConformance('the mock', [
  ...['--engine', 'mock', '--mock-capacity', '2', '--mock-tokens', '400'],
  ...['--mock-ttft-ms', '1', '--mock-tokens-per-second', '100', '--max-model-len', '512'],
]);

describe('an answer in a wanted format', () => {
  const schema = { type: 'object', properties: { kind: { enum: ['king', 'fish'] } } };
  const request = {
    model: 'tiny',
    messages: [{ role: 'user' as const, content: 'Who is it?' }],
    response_format: { type: 'json_schema' as const, json_schema: { name: 'who', schema } },
  };

  it('keeps to a JSON schema on llama.cpp, and tells what is wrong with one it cannot keep', async () => {
    await using engine = await openEngine(['--model', TINY_MODEL_PATH]);
    const answer = await engine.client.chat.completions.create(request);
    expect(['king', 'fish']).toContain((JSON.parse(answer.choices[0]?.message.content ?? '') as { kind: string }).kind);
    const monstrous = { name: 'x', schema: { type: 'array', items: { type: 'null' }, maxItems: 1e9 } };
    const refused = engine.client.chat.completions.create({
      ...request,
      response_format: { type: 'json_schema', json_schema: monstrous },
    });
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'response_format' });
  });

  it('is refused by the mock', async () => {
    await using engine = await openEngine(['--engine', 'mock']);
    const refused = engine.client.chat.completions.create(request);
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'response_format' });
  });
});
