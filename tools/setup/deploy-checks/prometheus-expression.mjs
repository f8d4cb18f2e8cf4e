const WORDS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);

/**
 * The series an expression of PromQL reads: `{ metric, labels }` for each, labels being those it is selected by; and the labels it groups by.
 * Enough for finding names that nothing exposes; whether the expression parses is Prometheus' own `promtool` to say.
 */
export function readsOf(expression) {
  const withoutStrings = expression.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const grouped = [...withoutStrings.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, labels]) => namesIn(labels));
  const plain = withoutStrings.replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ').replace(/\[[^\]]*\]/g, ' ');
  const series = [...plain.matchAll(/(?<![\w:.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(?!\s*\()(?![\w:])/g)]
    .filter(([, name]) => !WORDS.has(name.toLowerCase()))
    .map(([, metric, matchers]) => ({ metric, labels: [...(matchers ?? '').matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label) }));
  return { series, grouped };
}

const namesIn = (text) => text.split(',').map((name) => name.trim()).filter(Boolean);
