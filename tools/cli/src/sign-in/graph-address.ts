import { usageError } from '../exit-codes.js';

/** Where a platform on this machine answers. */
export const DEFAULT_URL = 'http://127.0.0.1:4000';

/** The graph's address from what a person gives: the path may be left out. */
export function graphAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw usageError(`"${text}" is no address of a gateway`, `give one like ${DEFAULT_URL}`);
  if (url.username !== '' || url.password !== '') throw usageError('an address holds no name and password', 'sign in with a token: "slipway login"');
  if (url.pathname === '/') url.pathname = '/graphql';
  return url.href;
}
