import OpenAI from 'openai';

export type Outcome = { readonly revisionId: string | null; readonly failure: string | null; readonly streamed: boolean };

/** Whoever is refused does not ask again at once. */
const AFTER_FAILURE_MS = 100;
const PROMPT = { role: 'user' as const, content: 'Tell me a story' };

/** Closed-loop clients on the official SDK, half of them streaming; retries off, so that every failure shows. */
export class Load {
  readonly outcomes: Outcome[] = [];
  #running = true;
  readonly #clients: Promise<void>[];

  constructor(options: { readonly baseUrl: string; readonly token: string; readonly model: string; readonly clients: number; readonly maxTokens?: number }) {
    const openai = new OpenAI({ baseURL: options.baseUrl, apiKey: options.token, maxRetries: 0, timeout: 180_000 });
    this.#clients = Array.from({ length: options.clients }, async (_, index) => {
      while (this.#running) {
        const outcome = await ask(openai, options.model, index % 2 === 0, options.maxTokens ?? 40);
        this.outcomes.push(outcome);
        if (outcome.failure !== null) await new Promise((resolve) => setTimeout(resolve, AFTER_FAILURE_MS));
      }
    });
  }

  async stop(): Promise<readonly Outcome[]> {
    this.#running = false;
    await Promise.all(this.#clients);
    return this.outcomes;
  }
}

export const failures = (outcomes: readonly Outcome[]): readonly Outcome[] => outcomes.filter(({ failure }) => failure !== null);

/** One request; a stream counts as whole only if it says why it ended and that it is done. */
export async function ask(openai: OpenAI, model: string, streamed: boolean, maxTokens: number): Promise<Outcome> {
  try {
    const request = { model, messages: [PROMPT], max_tokens: maxTokens };
    if (!streamed) {
      const { data, response } = await openai.chat.completions.create(request).withResponse();
      const finished = data.choices[0]?.finish_reason;
      return { revisionId: response.headers.get('x-revision-id'), failure: finished ? null : 'no finish_reason', streamed };
    }
    const { data, response } = await openai.chat.completions.create({ ...request, stream: true }).withResponse();
    let finished: string | null = null;
    for await (const chunk of data) finished = chunk.choices[0]?.finish_reason ?? finished;
    return { revisionId: response.headers.get('x-revision-id'), failure: finished === null ? 'the stream ended early' : null, streamed };
  } catch (error) {
    return { revisionId: null, failure: `${(error as Error).name}: ${(error as Error).message}`, streamed };
  }
}
