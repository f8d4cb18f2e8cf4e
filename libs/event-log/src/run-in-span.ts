/**
 * Runs something in a span of a trace. The log knows no tracing of its own: whoever wants its work in a trace hands this in.
 * `parent` is a `traceparent` as events carry it.
 */
export type RunInSpan = <T>(name: string, setup: { readonly parent: string; readonly attributes: Readonly<Record<string, string | number>> }, run: () => T) => T;

/** What belongs to no trace starts none. */
export function inSpanOf<T>(runInSpan: RunInSpan | undefined, parent: string | undefined, name: string, attributes: Readonly<Record<string, string | number>>, run: () => T): T {
  return runInSpan === undefined || parent === undefined ? run() : runInSpan(name, { parent, attributes }, run);
}
