/** Turns tokens into text as they come, never showing half a character. */
export type TokenText = {
  push(token: number): string;
  /** What is held back, broken or not: the text ends here. */
  flush(): string;
};

/** Text of `tokens` as it reads after `before`. */
export type Detokenize = (tokens: readonly number[], before: readonly number[]) => string;

const REPLACEMENT = '\uFFFD';
/** A UTF-8 character has at most 4 bytes, so after 4 one-byte tokens a broken end is broken for good. */
const HELD_TOKENS_MAX = 4;
/** Earlier tokens a detokenizer may look at to decide about a leading space. */
const BEFORE_TOKENS_MAX = 8;

/** `before`: the end of the prompt. Each token costs the same, however long the text already is. */
export function createTokenText(detokenize: Detokenize, before: readonly number[]): TokenText {
  let shown = before.slice(-BEFORE_TOKENS_MAX);
  let held: number[] = [];

  const show = (text: string) => {
    shown = [...shown, ...held].slice(-BEFORE_TOKENS_MAX);
    held = [];
    return text;
  };
  return {
    push(token) {
      held.push(token);
      const text = detokenize(held, shown);
      return text.endsWith(REPLACEMENT) && held.length < HELD_TOKENS_MAX ? '' : show(text);
    },
    flush: () => (held.length === 0 ? '' : show(detokenize(held, shown))),
  };
}
