import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = import.meta.dirname;
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !/\.(spec|conformance)\.ts$/.test(file));

/** Clock, ids, chance and surroundings come in as arguments. */
const FORBIDDEN = [
  /\bDate\b/,
  /\bperformance\b/,
  /\bMath\.random\b/,
  /\bcrypto\b/i,
  /\bprocess\.(?!js\b)\w/, // ./process.js is a module of ours
  /\bglobalThis\b/,
  /\bset(Timeout|Interval|Immediate)\b/,
  /\bfetch\(/,
  /\bconsole\b/,
  /\bawait\b/,
];

describe('the domain', () => {
  it('has sources to look at', () => {
    expect(sources.length).toBeGreaterThan(20);
  });

  it.each(sources)('%s reads no clock, makes no ids, takes no chances and performs nothing', (file) => {
    const code = withoutComments(readFileSync(join(root, file), 'utf8'));
    expect(FORBIDDEN.filter((pattern) => pattern.test(code))).toEqual([]);
  });

  it.each(sources)('%s imports nothing but its own siblings', (file) => {
    const code = withoutComments(readFileSync(join(root, file), 'utf8'));
    const imported = [...code.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1]);
    expect(imported.filter((path) => !path?.startsWith('.'))).toEqual([]);
  });
});

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}
