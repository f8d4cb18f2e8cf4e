/** What the server needs of a language model. Everything about HTTP and OpenAI's wire form stays on the server's side. */
export interface TextModel extends AsyncDisposable {
  /** Prompt and answer together may not be longer than this, in tokens. */
  readonly contextTokensMax: number;
  /** How many generations (or embeddings) may run at once; the caller must not start more. */
  readonly sequencesMax: number;
  /** False for models that were trained to embed only. */
  readonly generatesText: boolean;
  /** Length of the vectors `embed` returns; null when the model gives no embeddings. */
  readonly embeddingDimensions: number | null;

  /** The conversation in the model's own chat form, up to where the answer begins. */
  promptOfMessages(messages: readonly PromptMessage[]): PromptOutcome;
  /** Raw text; markers such as `<|end|>` in it stay plain text. */
  promptOfText(text: string): PromptOutcome;
  promptOfTokens(tokens: readonly number[]): PromptOutcome;

  /** Compiles an answer format once, so that a bad one is refused before anything is queued. */
  prepareFormat(format: AnswerFormat): Promise<FormatOutcome>;

  /**
   * Yields one `started`, then one `token` per generated token; the last one carries `end`. Ends early, without an
   * `end`, when `signal` aborts. Stopping the iteration at any point frees the sequence. Rejects on model failure.
   */
  generate(prompt: Prompt, options: GenerationOptions, signal: AbortSignal): AsyncIterable<GenerationEvent>;

  /** A vector of unit length. Only when `embeddingDimensions` is not null. */
  embed(prompt: Prompt): Promise<readonly number[]>;
}

export type PromptMessage = { readonly role: 'system' | 'user' | 'assistant'; readonly text: string };

export type Prompt = {
  readonly tokens: readonly number[];
  /** Tokens that end an answer to this prompt, besides the model's own end tokens. */
  readonly stopTokens: readonly number[];
};

/** `tooLong`: so far past any possible fit that it was not even tokenized. `refused`: says why in words for the caller. */
export type PromptOutcome =
  | { readonly prompt: Prompt }
  | { readonly tooLong: { readonly characters: number } }
  | { readonly refused: string };

export type AnswerFormat =
  | { readonly type: 'json' }
  | { readonly type: 'json-schema'; readonly schema: Readonly<Record<string, unknown>> };

/** `detail` is the model's own; `stop` holds texts that mark the end of an answer in this format. */
export type FormatGuide = { readonly detail: unknown; readonly stop: readonly string[] };
export type FormatOutcome = { readonly guide: FormatGuide } | { readonly refused: string };

export type SamplingOptions = {
  /** 0 takes the likeliest token every time. */
  readonly temperature: number;
  readonly topP: number;
  /** 0: no limit. */
  readonly topK: number;
  readonly minP: number;
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
  /** 32 bits, unsigned; null: a fresh one. The same seed, prompt and options give the same text. */
  readonly seed: number | null;
};

export type GenerationOptions = {
  /** At least 1; with the prompt not above `contextTokensMax`. */
  readonly maxTokens: number;
  readonly sampling: SamplingOptions;
  readonly guide: FormatGuide | null;
};

export type GenerationEnd = 'stop' | 'length';

export type GenerationEvent =
  | { readonly type: 'started'; /** Prompt tokens whose evaluation was reused. */ readonly cachedTokens: number }
  | {
      readonly type: 'token';
      /** Whole characters only; empty while a character is incomplete and for end tokens. */
      readonly text: string;
      readonly end: GenerationEnd | null;
    };
