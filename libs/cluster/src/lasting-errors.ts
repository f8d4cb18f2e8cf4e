const INSUFFICIENT_PRIVILEGE = '42501';
/** Somebody has to change something before these go away: the log's own, and PostgreSQL's for logins, databases and rights. */
const LASTING_CODES: ReadonlySet<string> = new Set(['LOG_RIGHTS', 'LOG_VERSION', 'LOG_CORRUPT', 'LOG_URL_INVALID', '28P01', '28000', '3D000', INSUFFICIENT_PRIVILEGE]);

export function isLasting(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && LASTING_CODES.has(code);
}

/** Rethrows; a bare refusal of PostgreSQL with what is to be done about it. The log's own errors say so themselves. */
export function withAdvice(error: unknown): never {
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== INSUFFICIENT_PRIVILEGE) throw error;
  const advice = 'grant the role CREATE on the database, or all rights on the schemas slipway_… and what is in them';
  throw Object.assign(new Error(`${error.message}: ${advice}`, { cause: error }), { code: INSUFFICIENT_PRIVILEGE });
}
