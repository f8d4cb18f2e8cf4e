/** Every limit of the engine that is not a command line option, with its unit. */

/** A request body past this answers 413. */
export const BODY_BYTES_MAX = 2 * 1024 * 1024;
/** Deeper JSON is refused before it is parsed; real requests need about 20 (JSON schemas). */
export const JSON_DEPTH_MAX = 64;
export const HEADERS_BYTES_MAX = 16 * 1024;
/** Time for a client to send its whole header. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** Time for a client to send its whole request. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** How often the two above are checked. */
export const TIMEOUT_CHECK_INTERVAL_MS = 1_000;
/** Longer than any proxy keeps its idle connections, so that the proxy closes first and never meets a reset. */
export const KEEP_ALIVE_TIMEOUT_MS = 120_000;
export const CONNECTIONS_MAX = 4_096;
/** A reader that takes nothing for this long loses its stream, and the sequence is free again. */
export const WRITE_STALL_TIMEOUT_MS = 60_000;

/** After the drain limit, for aborted requests to get their refusal before the connections close. */
export const ABORT_GRACE_MS = 500;

export const CHOICES_MAX = 8;
export const STOP_TEXTS_MAX = 4;
export const STOP_TEXT_CHARACTERS_MAX = 256;
/** Prompts in one completions request. */
export const PROMPT_BATCH_MAX = 64;
export const EMBEDDING_INPUTS_MAX = 256;
export const MESSAGES_MAX = 4_096;

/**
 * No known vocabulary has longer tokens (128 spaces are one in some), so a text of more than this many characters
 * per token of context cannot fit and is refused without tokenizing it.
 */
export const TOKEN_CHARACTERS_MAX = 128;

/** A grammar's size grows with these; the library below expands counted repetitions. */
export const SCHEMA_NODES_MAX = 400;
export const SCHEMA_DEPTH_MAX = 16;
export const SCHEMA_COUNT_MAX = 256;

export const RETRY_AFTER_SECONDS = 1;
