const STREAM_ID_CHARACTERS_MAX = 256;

/** Whether a log can hold a stream of that name. */
export const isStreamId = (text: string): boolean =>
  text !== '' && text.length <= STREAM_ID_CHARACTERS_MAX && Buffer.byteLength(text) <= STREAM_ID_CHARACTERS_MAX && !text.startsWith('$') && !/[\p{Cc}\p{Surrogate}\u2028\u2029]/u.test(text);
