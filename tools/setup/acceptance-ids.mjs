import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const PROMISES = 102;
const RESOLUTIONS = 14;
const FOLDERS_OF_SPECS = ['apps', 'libs', 'tools'];
const NOT_READ = new Set(['node_modules', 'dist', 'coverage']);
const COMMENT = /^\s*(\/\/|\*|\/\*)/;
/** `S1.5` and not `S1.52` or `AS1.5`; `X1` and not `X14`. */
const ID = /(?<![\w.])(S1\.\d+|X\d+)(?!\d)/g;

/** What the proposal of the model service promises (S1.n), and how each place is resolved where it contradicts itself (Xn). */
export const ACCEPTANCE_IDS = [
  ...Array.from({ length: PROMISES }, (_, index) => `S1.${index + 1}`),
  ...Array.from({ length: RESOLUTIONS }, (_, index) => `X${index + 1}`),
];

/**
 * Where each id is named by the title of a test, or by a row of its table: id → `file:line`.
 * @param {string} root the clone
 */
export function namedIds(root) {
  const named = new Map();
  for (const file of FOLDERS_OF_SPECS.flatMap((folder) => specsIn(join(root, folder))))
    for (const [line, id] of idsIn(readFileSync(file, 'utf8'))) named.set(id, [...(named.get(id) ?? []), `${relative(root, file)}:${line}`]);
  return named;
}

/** The ids that a spec's code names, each with its line from 1; what only a comment names is left out. */
export function idsIn(text) {
  return text.split('\n').flatMap((line, index) => (COMMENT.test(line) ? [] : [...line.replace(/\/\/ .*$/, '').matchAll(ID)].map(([id]) => [index + 1, id])));
}

function specsIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return NOT_READ.has(entry.name) ? [] : specsIn(join(folder, entry.name));
    return /\.spec\.(ts|mjs)$/.test(entry.name) && entry.name !== 'acceptance-ids.spec.mjs' ? [join(folder, entry.name)] : [];
  });
}
