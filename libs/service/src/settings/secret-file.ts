import { readFileSync, statSync } from 'node:fs';

/** Largest file that may hold one secret, in bytes. */
export const SECRET_FILE_BYTES_MAX = 64 * 1024;

/** Writable by a group or open to everyone. A group may read: that is how Kubernetes hands secrets to a user who is not root. */
const TOO_OPEN = 0o037;

export type SecretFile = { readonly content: string; readonly isTooOpen: boolean } | { readonly problem: string };

/** The content without white space around it. Problems never name the path: a secret may have been put there by mistake. */
export function readSecretFile(path: string): SecretFile {
  try {
    const { size, mode } = statSync(path);
    if (size > SECRET_FILE_BYTES_MAX) return { problem: `names a file larger than ${SECRET_FILE_BYTES_MAX} bytes` };
    const content = readFileSync(path, 'utf8').trim();
    return content === '' ? { problem: 'names a file that is empty' } : { content, isTooOpen: (mode & TOO_OPEN) !== 0 };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return { problem: code === 'ENOENT' ? 'names a file that is not there; it takes the path of a file, not the secret itself' : `names a file that cannot be read (${code})` };
  }
}
