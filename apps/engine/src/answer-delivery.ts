import type { AnswerPlan } from './answer-plan.js';
import type { Exchange } from './exchange.js';
import { generateAnswer, type AnswerOutcome, type ServingModel } from './generation.js';
import { usageOf, type AnswerForm } from './openai-answers.js';
import { generationFailed, queueFull, stoppedEarly, type Problem } from './openai-errors.js';
import { openSseStream, type SseStream } from './sse-stream.js';

export type Delivery = {
  readonly form: AnswerForm;
  readonly stream: boolean;
  readonly includeUsage: boolean;
};

/** Generates the planned answers and sends them. A returned problem is still to be sent; null: all is sent. */
export async function deliverAnswers(
  serving: ServingModel,
  exchange: Exchange,
  plan: AnswerPlan,
  delivery: Delivery,
): Promise<Problem | null> {
  const { queue } = serving;
  if (!queue.hasRoomFor(plan.answers.length)) return queueFull(queue.waiting);
  try {
    return await (delivery.stream ? deliverStream : deliverWhole)(serving, exchange, plan, delivery);
  } catch (cause) {
    exchange.abort(); // the other answers of this request have no reader any more
    return generationFailed(cause);
  }
}

async function deliverWhole(
  serving: ServingModel,
  exchange: Exchange,
  plan: AnswerPlan,
  { form }: Delivery,
): Promise<Problem | null> {
  const texts = plan.answers.map(() => '');
  const outcomes = await Promise.all(
    plan.answers.map((answer, index) =>
      generateAnswer(serving, answer, exchange.signal, (text) => void (texts[index] = (texts[index] ?? '') + text)),
    ),
  );
  const finished = allFinished(outcomes);
  if (finished === null) return stoppedEarly();
  const choices = finished.map(({ end }, index) => ({ text: texts[index] ?? '', end }));
  exchange.sendJson(200, form.whole(choices, totalUsage(plan, finished)));
  return null;
}

async function deliverStream(
  serving: ServingModel,
  exchange: Exchange,
  plan: AnswerPlan,
  { form, includeUsage }: Delivery,
): Promise<Problem | null> {
  let opened: SseStream | null = null;
  // opened with the first token, so that a failure before it has a status of its own
  const stream = (): SseStream => {
    if (opened !== null) return opened;
    opened = openSseStream(exchange.response, exchange);
    for (const index of plan.answers.keys()) {
      const opening = form.opening(index);
      if (opening !== null) void opened.send(opening);
    }
    return opened;
  };
  const outcomes = await Promise.all(
    plan.answers.map(async (answer, index) => {
      const outcome = await generateAnswer(serving, answer, exchange.signal, (text) =>
        stream().send(form.piece(index, text)),
      );
      if (outcome !== 'aborted') await stream().send(form.closing(index, outcome.end));
      return outcome;
    }),
  );
  const finished = allFinished(outcomes);
  if (finished === null) return stoppedEarly();
  if (includeUsage) await stream().send(form.usage(totalUsage(plan, finished)));
  stream().end('[DONE]');
  return null;
}

type Finished = Exclude<AnswerOutcome, 'aborted'>;

function allFinished(outcomes: readonly AnswerOutcome[]): readonly Finished[] | null {
  const finished = outcomes.filter((outcome) => outcome !== 'aborted');
  return finished.length === outcomes.length ? finished : null;
}

function totalUsage({ answers, promptTokens }: AnswerPlan, finished: readonly Finished[]) {
  const completion = finished.reduce((sum, { completionTokens }) => sum + completionTokens, 0);
  // per prompt, as prompt tokens are
  const cached = finished.reduce(
    (sum, { cachedTokens }, index) => (answers[index]?.countsPrompt === true ? sum + cachedTokens : sum),
    0,
  );
  return usageOf(promptTokens, completion, cached);
}
