import { seededRandom } from './seeded-random.js';

/** The mock's tokens: words with the space before them, cut every 4 characters, about as fine as real vocabularies. */
const TOKEN_PATTERN = /\s?[^\s]{1,4}|\s/gu;

const WORDS = (
  'the a slip way ship keel tide dock crane plank anchor harbour rope sail mast deck bow stern hull wave wind gull ' +
  'shore light bell fog pilot crew cargo chart star north haul launch float steer moor drift rise calm blue grey'
).split(' ');

/** Token ids are hashes of the pieces: enough to compare prompts and to derive seeds from them. */
export function mockTokens(text: string): number[] {
  return mockPieces(text).map(hashText);
}

export function mockPieces(text: string): string[] {
  return text.match(TOKEN_PATTERN) ?? [];
}

/** An endless run of answer tokens. A given text is repeated from its start; otherwise words are drawn by seed. */
export function* mockAnswer(text: string | null, seed: number): Generator<string, never> {
  const pieces = text === null ? [] : mockPieces(text);
  const random = seededRandom(seed);
  for (let index = 0; ; index++) {
    const space = index === 0 ? '' : ' ';
    if (pieces.length === 0) yield space + (WORDS[Math.floor(random() * WORDS.length)] ?? '');
    else if (index > 0 && index % pieces.length === 0) yield ` ${pieces[0] ?? ''}`;
    else yield pieces[index % pieces.length] ?? '';
  }
}

/** A repeatable direction for a text: unit length. */
export function mockVector(tokens: readonly number[], dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const token of tokens) {
    const random = seededRandom(token);
    for (let axis = 0; axis < dimensions; axis++) vector[axis] = (vector[axis] ?? 0) + random() - 0.5;
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector.map((_, axis) => (axis === 0 ? 1 : 0)) : vector.map((value) => value / length);
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
