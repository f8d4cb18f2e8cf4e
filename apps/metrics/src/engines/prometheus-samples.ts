/** One line of an exposition. `labels` are as written, escapes undone. */
export type Sample = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** A page with more is read so far. */
export const SAMPLES_MAX = 50_000;

const NAME = /^[a-zA-Z_:][\w:]*/;
const LABEL = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(?:,|(?=\}))/y;

/**
 * Samples of Prometheus text 0.0.4 and of OpenMetrics, timestamps and exemplars left out. Lines that are neither comment nor
 * sample are passed over, and so are values that are no number: one bad line of an engine hides no other.
 */
export function parseSamples(text: string): readonly Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (samples.length >= SAMPLES_MAX) break;
    const sample = line.startsWith('#') ? null : parseLine(line.trim());
    if (sample !== null) samples.push(sample);
  }
  return samples;
}

function parseLine(line: string): Sample | null {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return null;
  const labelled = line[name.length] === '{' ? parseLabels(line, name.length + 1) : { labels: {}, end: name.length };
  if (labelled === null) return null;
  const [text] = line.slice(labelled.end).trim().split(/\s+/, 1);
  const value = toNumber(text ?? '');
  return value === null ? null : { name, labels: labelled.labels, value };
}

function parseLabels(line: string, start: number): { readonly labels: Readonly<Record<string, string>>; readonly end: number } | null {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = start;
  let end = start;
  for (let found = LABEL.exec(line); found !== null; found = LABEL.exec(line)) {
    labels[found[1] ?? ''] = unescape(found[2] ?? '');
    end = LABEL.lastIndex;
  }
  const closing = /^\s*\}/.exec(line.slice(end));
  return closing === null ? null : { labels, end: end + closing[0].length };
}

const unescape = (text: string): string => text.replace(/\\(.)/g, (_whole, escaped: string) => (escaped === 'n' ? '\n' : escaped));

function toNumber(text: string): number | null {
  if (/^\+?Inf$/i.test(text)) return Infinity;
  if (/^-Inf$/i.test(text)) return -Infinity;
  if (text === '') return null;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}
