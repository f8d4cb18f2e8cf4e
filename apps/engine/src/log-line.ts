/** One decision or fact, as one JSON line on standard output. */
export type LogLine = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

export function createLogLine(output: NodeJS.WritableStream = process.stdout): LogLine {
  // whoever read the log may be gone (a restarted control plane): serving goes on without it
  output.on('error', () => undefined);
  return (event, fields = {}) => {
    output.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...fields })}\n`);
  };
}
