import { briefJson } from '../readable-text.js';
import { UnreadableRowError } from './live-database.js';

/** Characters of a value in a finding. */
const VALUE_CHARACTERS_MAX = 120;

/** Throws UnreadableRowError. */
export function storedJson(key: string, text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    throw new UnreadableRowError(`row ${key} is no JSON: ${briefJson(String(text), VALUE_CHARACTERS_MAX)}`);
  }
}
