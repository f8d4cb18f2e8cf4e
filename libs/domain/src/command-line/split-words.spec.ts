import fc from 'fast-check';
import { splitWords } from './split-words.js';

describe('splitting a command line', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    [' \t\n', []],
    ['vllm serve /models --port 8000', ['vllm', 'serve', '/models', '--port', '8000']],
    [`a 'b c' "d e" f\\ g`, ['a', 'b c', 'd e', 'f g']],
    [`--name=''`, ['--name=']],
    [`'' ""`, ['', '']],
    [`a"b"'c'd`, ['abcd']],
    [`"it's" 'say "no"'`, [`it's`, 'say "no"']],
    [`"{\\"k\\": \\"v\\"}"`, ['{"k": "v"}']],
    [`'C:\\x' "C:\\x" "\\$HOME \\\\ \\\`"`, ['C:\\x', 'C:\\x', '$HOME \\ `']],
    ['vllm serve \\\n  --port 80 "a\\\nb"', ['vllm', 'serve', '--port', '80', 'ab']],
    ['a; rm -rf / | $(x) `y` && * # z', ['a;', 'rm', '-rf', '/', '|', '$(x)', '`y`', '&&', '*', '#', 'z']],
    ['日本\u00a0語 😀', ['日本\u00a0語', '😀']],
  ])('splits %j as a shell would, and expands nothing', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  it.each([
    ['an unclosed "', '"abc'],
    [`an unclosed '`, `a 'b`],
    ['ends in a backslash', 'a\\'],
    ['contains a NUL character', 'a\0b'],
    ['contains a NUL character', 'a\\\0'],
    ['contains a NUL character', `"\\\0"`],
  ])('says %s of %j', (problem, line) => {
    expect(splitWords(line)).toEqual({ problem: expect.stringContaining(problem) });
  });

  const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  const singleQuoted = (text: string): string => `'${text.replaceAll(`'`, `'\\''`)}'`;
  const doubleQuoted = (text: string): string => `"${text.replace(/["\\$`]/g, '\\$&')}"`;

  it('gives back any words that were quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.boolean())), (quoted) => {
        const line = quoted.map(([text, double]) => (double ? doubleQuoted(text) : singleQuoted(text))).join('  ');
        expect(splitWords(line)).toEqual(quoted.map(([text]) => text));
      }),
    );
  });

  it('never throws, and loses no character of plain words', () => {
    fc.assert(fc.property(fc.string(), (line) => void splitWords(line)));
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z0-9;|$()`*=./-]+$/)), (words) => expect(splitWords(words.join(' \n'))).toEqual(words)),
    );
  });
});
