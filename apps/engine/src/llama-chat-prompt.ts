import {
  JinjaTemplateChatWrapper,
  LlamaText,
  resolveChatWrapper,
  type ChatHistoryItem,
  type ChatWrapper,
  type LlamaModel,
} from 'node-llama-cpp';
import type { Prompt, PromptMessage } from './text-model.js';

/**
 * The model's own template, as it stands in the file; a guess from the model's name when it has none. The library's
 * resolver would first try whether one of its own wrappers is equivalent: 0.6 s and 40 MB for what we do not use.
 */
export function llamaChatWrapper(model: LlamaModel): ChatWrapper {
  const template = model.fileInfo.metadata.tokenizer?.chat_template;
  if (template === undefined || template.trim() === '') return resolveChatWrapper(model);
  try {
    const { tokenizer } = model;
    return new JinjaTemplateChatWrapper({ template, tokenizer, joinAdjacentMessagesOfTheSameType: false });
  } catch {
    return resolveChatWrapper(model); // a template this Jinja engine cannot run: a wrapper for its family may be known
  }
}

/** The conversation in the model's chat form. Text typed by users is never read as template markers. */
export function llamaChatPrompt(model: LlamaModel, wrapper: ChatWrapper, messages: readonly PromptMessage[]): Prompt {
  const chatHistory = [...messages.map(historyItem), { type: 'model' as const, response: [''] }];
  const { contextText, stopGenerationTriggers } = wrapper.generateContextState({ chatHistory });
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
