import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { sameToken } from './same-token.js';
import { readPrivateFile, writePrivateFile } from './private-file.js';

export type AdminToken = {
  readonly token: string;
  /** True when this call made it: show it once. */
  readonly created: boolean;
  /** Where the living token lies, mode 0600. */
  readonly file: string;
  /** In constant time. */
  verify(presented: string): boolean;
};

/** Shortest token an operator may choose, in characters. */
export const ADMIN_TOKEN_CHARS_MIN = 16;
const RANDOM_BYTES = 32;
const PREFIX = 'slipway_admin_';

/**
 * The token of the control plane's one administrator: the given one, else the one in `<dataDir>/admin-token`, else a new
 * one. The file always holds the token that works, so whoever may read it can sign in.
 * @throws Error when the given or the stored token is unusable.
 */
export function loadOrCreateAdminToken(dataDir: string, given?: string): AdminToken {
  const file = join(dataDir, 'admin-token');
  mkdirSync(dataDir, { recursive: true });
  const stored = readPrivateFile(file)?.toString('utf8').trim() ?? null;
  if (given !== undefined && given !== '') {
    checkUsable(given, 'the given admin token');
    if (stored !== given) writePrivateFile(file, `${given}\n`);
    return adminToken(given, false, file);
  }
  if (stored !== null) {
    checkUsable(stored, `the admin token in ${file}`);
    return adminToken(stored, false, file);
  }
  const token = PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
  writePrivateFile(file, `${token}\n`);
  return adminToken(token, true, file);
}

function adminToken(token: string, created: boolean, file: string): AdminToken {
  return { token, created, file, verify: (presented) => sameToken(presented, token) };
}

function checkUsable(token: string, what: string): void {
  if (token.length < ADMIN_TOKEN_CHARS_MIN || !/^[\x21-\x7e]+$/.test(token)) {
    throw new Error(`${what} must be at least ${ADMIN_TOKEN_CHARS_MIN} visible ASCII characters without spaces`);
  }
}
