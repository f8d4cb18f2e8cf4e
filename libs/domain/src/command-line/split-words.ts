const SPACE = ' \t\r\n\v\f';
/** What a backslash takes the meaning from within double quotes; before anything else it is an ordinary character. */
const ESCAPABLE_IN_QUOTES = '"\\$`\n';

/**
 * Splits a command line into words as a POSIX shell would, with quotes, backslashes and continued lines but nothing else:
 * no variables, no substitution, no globbing, no operators, no comments. `;`, `|`, `$(…)` and backticks are ordinary
 * characters of a word.
 */
export function splitWords(line: string): readonly string[] | { readonly problem: string } {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (char === '\0') return { problem: 'contains a NUL character' };
    if (char === '\\' && quote !== "'") {
      const next = line.charAt(++i);
      if (next === '') return { problem: 'ends in a backslash' };
      if (next === '\0') return { problem: 'contains a NUL character' };
      if (next === '\n') continue; // a continued line
      word = (word ?? '') + (quote === null || ESCAPABLE_IN_QUOTES.includes(next) ? next : `\\${next}`);
    } else if (quote !== null) {
      if (char === quote) quote = null;
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (SPACE.includes(char)) {
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
