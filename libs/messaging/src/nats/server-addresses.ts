/** Where the servers are and how to log in, as the client wants it. */
export type ServerAddresses = {
  /** `host:port`, without anything secret. */
  readonly hosts: readonly string[];
  readonly login: { readonly user?: string; readonly pass?: string; readonly token?: string };
  readonly isTls: boolean;
};

const DEFAULT_PORT = '4222';

/**
 * `nats://host:4222`, `tls://…`, `nats://user:password@host` or `nats://token@host`; the first login counts for all.
 * Throws on anything else, without repeating what may be secret.
 */
export function serverAddresses(servers: string | readonly string[]): ServerAddresses {
  const urls = (typeof servers === 'string' ? servers.split(',') : servers).map((server) => serverUrl(server.trim()));
  if (urls.length === 0) throw new Error('no NATS server is given');
  const login = urls.find(({ username }) => username !== '');
  return {
    hosts: urls.map(({ hostname, port }) => `${hostname}:${port === '' ? DEFAULT_PORT : port}`),
    login: login === undefined ? {} : loginOf(decodeURIComponent(login.username), decodeURIComponent(login.password)),
    isTls: urls.some(({ protocol }) => protocol === 'tls:'),
  };
}

const loginOf = (user: string, pass: string): ServerAddresses['login'] => (pass === '' ? { token: user } : { user, pass });

function serverUrl(server: string): URL {
  const text = server.includes('://') ? server : `nats://${server}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '' || !['nats:', 'tls:'].includes(url.protocol))
    throw new Error('a NATS server is given as nats://host:port, nats://user:password@host:port or tls://host:port');
  return url;
}
