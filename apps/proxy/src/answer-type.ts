import { AnswerReading } from './answer-reading.js';

type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What there is to be learnt from an answer with this head; null: nothing. */
export function readingOf(status: number, headers: AnswerHeaders): AnswerReading | null {
  return status < 400 ? new AnswerReading(isEventStream(headers), isReadable(headers)) : null;
}

function isEventStream(headers: AnswerHeaders): boolean {
  const type = headers['content-type'];
  return typeof type === 'string' && type.startsWith('text/event-stream');
}

/** Its bytes can be looked into: they are not compressed. */
function isReadable(headers: AnswerHeaders): boolean {
  const encoding = headers['content-encoding'];
  return encoding === undefined || encoding === 'identity';
}

/** It did not take our key for it: nothing a client could mend, nor should hear as being about its own. */
export const isRefusalOfOurKey = (status: number): boolean => status === 401 || status === 407;
