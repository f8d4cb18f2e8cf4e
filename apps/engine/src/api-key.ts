import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an Authorization header carries the key. Compares digests, so neither content nor length leaks by timing. */
export function createApiKeyCheck(apiKey: string | null): (authorization: string | undefined) => boolean {
  if (apiKey === null) return () => true;
  const expected = digest(apiKey);
  return (authorization) => {
    const given = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(digest(given), expected);
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
