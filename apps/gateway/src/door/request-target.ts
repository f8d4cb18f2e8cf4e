import type { IncomingMessage } from 'node:http';

export type Target = { readonly path: string; readonly search: URLSearchParams };

/** What a request line asks for. Split by hand, because the URL parser throws on targets that HTTP allows, such as `//`. */
export function targetOf({ url = '/' }: Pick<IncomingMessage, 'url'>): Target {
  const at = url.indexOf('?');
  return at === -1
    ? { path: url, search: new URLSearchParams() }
    : { path: url.slice(0, at), search: new URLSearchParams(url.slice(at + 1)) };
}
