/** The actor behind a bearer token, or `null`. */
export type Authenticate = (token: string) => string | null;

/** Longest `Authorization` value that is looked at, in characters. */
const AUTHORIZATION_CHARS_MAX = 1_000;

/** Who an `Authorization: Bearer <token>` value belongs to; `null` for anything else. */
export function signedInAs(authorization: unknown, authenticate: Authenticate): string | null {
  if (typeof authorization !== 'string' || authorization.length > AUTHORIZATION_CHARS_MAX) return null;
  const [, token] = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization) ?? [];
  return token === undefined ? null : authenticate(token);
}
