/** One line per decision: an event's name and its fields. No field ever holds a token or a body. */
export type ProxyLog = (event: string, fields?: Readonly<Record<string, string | number | boolean | null>>) => void;

/** JSON lines. */
export function jsonLinesLog(write: (line: string) => void): ProxyLog {
  return (event, fields) => write(`${JSON.stringify({ time: new Date().toISOString(), app: 'proxy', event, ...fields })}\n`);
}
