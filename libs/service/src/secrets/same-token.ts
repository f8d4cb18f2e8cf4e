import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares by hash and in constant time, so that neither length nor prefix leaks. */
export function sameToken(presented: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(presented), digest(expected));
}
