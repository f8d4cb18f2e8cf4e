const KEEP_ALIVE_DEFAULT_MS = 10_000;
const GENERATIONS = 1_000;

/** The server in a message: without its login. */
export function serverOf(connectionString: string): string {
  const [address = ''] = connectionString.trim().split('?');
  const [scheme = '', rest = ''] = address.split('://');
  return `${scheme}://${rest.slice(rest.lastIndexOf('@') + 1).replace(/\/+$/, '')}`;
}

/**
 * A connection that failed is tried again by gRPC only after a pause that grows to two minutes, and all connections of a
 * process to the same server share that pause, unless their options differ. So each new one differs, by a millisecond of
 * an interval. Connections over TLS differ anyway, and so does nothing when the interval is switched off.
 */
export function freshConnectionString(connectionString: string, generation: number): string {
  const [address = '', query = ''] = connectionString.trim().split('?', 2);
  const options = query.split('&').filter((option) => option !== '');
  const given = options.findIndex((option) => /^keep[-_]?alive[-_]?interval=/i.test(option));
  const intervalMs = given === -1 ? KEEP_ALIVE_DEFAULT_MS : Number(options[given]?.split('=')[1]);
  if (!(intervalMs > 0)) return connectionString;
  const fresh = `keepAliveInterval=${intervalMs + (generation % GENERATIONS)}`;
  if (given === -1) options.push(fresh);
  else options[given] = fresh;
  return `${address.replace(/\/+$/, '')}?${options.join('&')}`;
}
