/**
 * Splits a command line into words as a POSIX shell would, with quotes and backslashes but nothing else: no variables, no
 * substitution, no globbing, no operators. `;`, `|`, `$(…)` and backticks are ordinary characters of a word.
 */
export function splitWords(line: string): readonly string[] | { readonly problem: string } {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (char === '\0') return { problem: 'contains a NUL character' };
    if (char === '\\' && quote !== "'") {
      if (i + 1 >= line.length) return { problem: 'ends in a backslash' };
      word = (word ?? '') + line.charAt(++i);
    } else if (quote !== null) {
      if (char === quote) quote = null;
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== null) return { problem: `has an unclosed ${quote}` };
  if (word !== null) words.push(word);
  return words;
}
