/** Where a log is, as one text says it. */
export type LogAddress =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema?: string }
  | { readonly kind: 'eventstore'; readonly connectionString: string };

/** How a log's address may be written; for messages and help texts. */
export const LOG_ADDRESS_FORMS = 'sqlite:<file>, postgres://<user>:<password>@<host>:<port>/<database>[?schema=<name>], esdb://…, kurrentdb://…, or memory:';

/**
 * A text without a scheme is the path of an SQLite file. Throws TypeError for anything else that is none of
 * LOG_ADDRESS_FORMS; the message never repeats more of the text than its scheme, for there may be a password in it.
 */
export function parseLogAddress(address: string): LogAddress {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(address)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return { kind: 'sqlite', file: requirePath(address) };
    case 'sqlite':
      return { kind: 'sqlite', file: requirePath(address.slice('sqlite:'.length).replace(/^\/\//, '')) };
    case 'memory':
      return { kind: 'memory' };
    case 'postgres':
    case 'postgresql':
      return postgresAddress(address);
    case 'esdb':
    case 'esdb+discover':
    case 'kurrentdb':
    case 'kurrentdb+discover':
      return { kind: 'eventstore', connectionString: address };
    default:
      throw new TypeError(`there is no event log for addresses that begin with ${scheme}: use ${LOG_ADDRESS_FORMS}`);
  }
}

function requirePath(file: string): string {
  if (file === '') throw new TypeError(`the event log's address names no file: use ${LOG_ADDRESS_FORMS}`);
  return file;
}

/** `schema` is ours and not the server's, so it is taken out of the URL. */
function postgresAddress(address: string): LogAddress {
  const at = address.indexOf('?');
  if (at === -1) return { kind: 'postgres', url: address };
  const parameters = new URLSearchParams(address.slice(at + 1));
  const schema = parameters.get('schema');
  if (schema === null) return { kind: 'postgres', url: address };
  parameters.delete('schema');
  const rest = parameters.toString();
  return { kind: 'postgres', url: address.slice(0, at) + (rest === '' ? '' : `?${rest}`), schema };
}
