import { hash } from 'node:crypto';

/** Longest token looked at; longer ones are nobody's. */
const TOKEN_LENGTH_MAX = 512;

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/** Lower-case hex SHA-256 of the bearer token in an Authorization header; null if there is none. The token goes no further. */
export function bearerTokenHash(authorization: string | undefined): string | null {
  if (authorization === undefined || authorization.length > TOKEN_LENGTH_MAX + 'bearer '.length) return null;
  const token = BEARER.exec(authorization)?.[1];
  return token === undefined ? null : hash('sha256', token, 'hex');
}
