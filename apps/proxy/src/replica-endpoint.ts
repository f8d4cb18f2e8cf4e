export type Endpoint = { readonly host: string; readonly port: number };

const HTTP_PORT = 80;

/** `http://host:port` as a replica's launch records it; null for anything else: such a replica is not routable. */
export function parseEndpoint(endpoint: string): Endpoint | null {
  if (!URL.canParse(endpoint)) return null;
  const { protocol, hostname, port, username, password, pathname, search } = new URL(endpoint);
  if (protocol !== 'http:' || username !== '' || password !== '' || pathname !== '/' || search !== '') return null;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? HTTP_PORT : Number(port) };
}
