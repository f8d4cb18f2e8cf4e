/** Stands where a secret would. */
export const MASK = '••••';

/** Shorter secrets are not searched for in other text: they would blot out ordinary words. In characters. */
export const SEARCHED_SECRET_CHARS_MIN = 6;

const URL_START = /(?<![a-z0-9+.-])(?=[a-z][a-z0-9+.-]*:\/\/)/i;
const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^]*)$/i;
const SECRET_PARAMETER = /(?<=[?&](?:password|passwd|pwd|token|secret|api[_-]?key)=)[^&\s,#]+/gi;
/** Where a name without a password before the `@` is itself the credential. */
const SCHEMES_WITH_TOKENS = new Set(['nats', 'tls', 'http', 'https']);

/** A setting's text with every password in its URL, or several URLs, masked: `postgres://slipway:••••@db/slipway`. */
export function withMaskedPasswords(text: string): string {
  return text
    .split(URL_START)
    .map((piece) => {
      const secret = credentialIn(piece);
      return secret === null ? piece : `${piece.slice(0, secret.from)}${MASK}${piece.slice(secret.to)}`;
    })
    .join('')
    .replace(SECRET_PARAMETER, MASK);
}

/** The passwords in a setting's URL or several: as written, decoded and encoded. */
export function passwordsIn(text: string): readonly string[] {
  const ofUrls = text.split(URL_START).flatMap((piece) => {
    const secret = credentialIn(piece);
    return secret === null ? [] : [piece.slice(secret.from, secret.to)];
  });
  const written = [...ofUrls, ...[...text.matchAll(SECRET_PARAMETER)].map(([value]) => value)];
  return [...new Set(written.flatMap((secret) => [secret, decoded(secret), encoded(secret)]))].filter((secret) => secret !== '');
}

/** What removes these secrets from any text, also where JSON has escaped them. Null when there is none to look for. */
export function secretCensor(secrets: Iterable<string>): ((text: string) => string) | null {
  const searched = new Set([...secrets].filter((secret) => secret.length >= SEARCHED_SECRET_CHARS_MIN).flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]));
  if (searched.size === 0) return null;
  // The longest first: one secret may begin with another.
  const alternatives = [...searched].sort((a, b) => b.length - a.length).map((secret) => secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const pattern = new RegExp(alternatives.join('|'), 'g');
  return (text) => text.replace(pattern, MASK);
}

/** Where in `scheme://user:password@host` the password stands: up to the last `@`, for it may hold what a URL should not. */
function credentialIn(piece: string): { readonly from: number; readonly to: number } | null {
  const [, scheme, rest] = URL_PARTS.exec(piece) ?? [];
  if (scheme === undefined || rest === undefined) return null;
  const start = piece.length - rest.length;
  const at = rest.lastIndexOf('@');
  if (at < 0) return null;
  const colon = rest.slice(0, at).indexOf(':');
  if (colon >= 0) return { from: start + colon + 1, to: start + at };
  return SCHEMES_WITH_TOKENS.has(scheme.toLowerCase()) && !rest.slice(0, at).includes('/') ? { from: start, to: start + at } : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(decoded(text));
  } catch {
    return text;
  }
}
