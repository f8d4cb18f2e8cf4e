import pino, { type DestinationStream, type Logger } from 'pino';
import { secretCensor } from '../settings/masked-text.js';
import { traceFields } from '../telemetry/with-span.js';

export type { Logger } from 'pino';

export type LoggerOptions = {
  /** pino's level names; default `info`. */
  readonly level?: string;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
  /** On every line. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Texts that never leave in a line, wherever they stand: see `readSettings(…).secrets`. */
  readonly secrets?: Iterable<string>;
  /** Whether lines carry `trace_id` and `span_id` of the active span. */
  readonly traceIds?: boolean;
};

const SECRET_FIELDS = ['authorization', 'token', 'secret', 'environ', 'password', 'apiKey', 'cookie', '["x-slipway-internal-token"]'];
/** How deep in a line's fields secrets are looked for. */
const REDACT_DEPTH_MAX = 4;
const TOKEN_TEXT = /slipway_([a-z]+)_[\w-]{16,}|\b[Bb]earer +[\w.~+/=-]{8,}/g;

/** One JSON line per decision. Fields that hold secrets are censored by name, our tokens also wherever they stand in a line. */
export function createLogger(name: string, options: LoggerOptions = {}): Logger {
  const settings: pino.LoggerOptions = {
    name,
    level: options.level ?? 'info',
    base: { ...options.fields },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: redactedPaths(), censor: '[redacted]' },
    ...(options.traceIds === true ? { mixin: traceFields } : {}),
    hooks: { streamWrite: censorOf(options.secrets ?? []) },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}

/** Standard output, each line written before the call returns: none is lost or overtaken when the process ends, whichever way. */
export const orderedOutput = (): DestinationStream => pino.destination({ dest: 1, sync: true });

let fallback: Logger | null = null;

/** For code that was given no logger: warnings and worse to standard error, where they are seen and mix with nobody's output. */
export function defaultLogger(): Logger {
  fallback ??= createLogger('slipway', { level: 'warn', destination: pino.destination(2) });
  return fallback;
}

/** Replaces whatever looks like a token of ours or a bearer credential. */
export function withoutTokens(text: string): string {
  return text.replace(TOKEN_TEXT, '[redacted]');
}

function censorOf(secrets: Iterable<string>): (line: string) => string {
  const censor = secretCensor(secrets);
  return censor === null ? withoutTokens : (line) => censor(withoutTokens(line));
}

function redactedPaths(): string[] {
  const depths = Array.from({ length: REDACT_DEPTH_MAX }, (_unused, depth) => '*.'.repeat(depth));
  return depths.flatMap((prefix) =>
    SECRET_FIELDS.map((field) => (field.startsWith('[') && prefix !== '' ? `${prefix.slice(0, -1)}${field}` : `${prefix}${field}`)),
  );
}
