import { TINY_MODEL_PATH } from './engine-under-test.js';
import { openAiClientConformance } from './openai-client.conformance.js';

openAiClientConformance('llama.cpp', ['--model', TINY_MODEL_PATH, '--max-num-seqs', '2']);
openAiClientConformance('the mock', [
  ...['--engine', 'mock', '--mock-capacity', '2', '--mock-tokens', '400'],
  ...['--mock-ttft-ms', '1', '--mock-tokens-per-second', '2000', '--max-model-len', '512'],
]);
