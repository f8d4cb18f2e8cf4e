import { LlamaText, type ChatHistoryItem, type ChatWrapper, type LlamaModel } from 'node-llama-cpp';
import type { Prompt, PromptMessage } from './text-model.js';

/**
 * The conversation through the model's own template. Text typed by users is never read as template markers. A last
 * message from the assistant is the beginning of the answer: the model goes on from there.
 */
export function llamaChatPrompt(model: LlamaModel, wrapper: ChatWrapper, messages: readonly PromptMessage[]): Prompt {
  const history = messages.map(historyItem);
  if (messages.at(-1)?.role !== 'assistant') history.push({ type: 'model', response: [''] });
  const { contextText, stopGenerationTriggers } = wrapper.generateContextState({ chatHistory: history });
  return {
    tokens: contextText.tokenize(model.tokenizer),
    // markers of more than one token are plain text to the vocabulary; an answer ends at its end token instead
    stopTokens: stopGenerationTriggers.flatMap((trigger) => {
      const tokens = LlamaText(trigger).tokenize(model.tokenizer);
      const [token] = tokens;
      return tokens.length === 1 && token !== undefined && model.isSpecialToken(token) ? [token] : [];
    }),
  };
}

function historyItem({ role, text }: PromptMessage): ChatHistoryItem {
  switch (role) {
    case 'system':
      return { type: 'system', text };
    case 'user':
      return { type: 'user', text };
    case 'assistant':
      return { type: 'model', response: [text] };
  }
}
