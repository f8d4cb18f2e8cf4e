/** Somebody has to change something before these go away. */
const LASTING_CODES: ReadonlySet<string> = new Set(['LOG_RIGHTS', 'LOG_VERSION', 'LOG_UNUSABLE', 'LOG_CORRUPT', 'LOG_ACCESS_DENIED', 'BUS_VERSION', 'BUS_SETUP', '28P01', '28000', '3D000', '42501']);

export function isLasting(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && LASTING_CODES.has(code);
}
