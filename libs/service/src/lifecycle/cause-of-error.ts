/** What an error says in one line, and a key that is the same for the same cause. */
export type Cause = { readonly key: string; readonly message: string; readonly code: string | null };

/** The innermost words there are: a connection tried at several addresses fails with a message that is empty. */
export function causeOf(error: unknown): Cause {
  const code = codeOf(error);
  const message = messageOf(error).split('\n', 1)[0]?.trim() ?? '';
  return { code, message, key: `${code ?? ''} ${message.replace(/\d+/g, '#')}` };
}

function codeOf(error: unknown): string | null {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : null;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error.cause === undefined ? (codeOf(error) ?? error.name) : messageOf(error.cause);
}
