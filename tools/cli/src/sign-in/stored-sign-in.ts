import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { CliError, EXIT_CODES } from '../exit-codes.js';

const storedSignIn = z.strictObject({ url: z.url(), token: z.string().min(1) });

/** Which gateway, and the token for it. */
export type SignIn = z.infer<typeof storedSignIn>;

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** What `login` kept; null before the first. `warn` hears when others may read it. */
export function readSignIn(file: string, warn: (text: string) => void): SignIn | null {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
    if ((statSync(file).mode & OTHERS) !== 0) warn(`${file} may be read by others: chmod 600 ${file}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unreadable(file, (error as Error).message);
  }
  const parsed = storedSignIn.safeParse(jsonOrNull(content));
  if (!parsed.success) throw unreadable(file, 'it does not hold what "slipway login" writes');
  return parsed.data;
}

/** Appears whole, and readable by its owner alone from its first byte. */
export function writeSignIn(file: string, signIn: SignIn): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, `${JSON.stringify(signIn, null, 2)}\n`, { mode: OWNER_ONLY });
  chmodSync(part, OWNER_ONLY); // one left behind by a run of the same process id keeps its mode when it is written
  renameSync(part, file);
}

/** Whether there was one. */
export function forgetSignIn(file: string): boolean {
  try {
    rmSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function unreadable(file: string, problem: string): CliError {
  return new CliError(EXIT_CODES.notSignedIn, 'NOT_SIGNED_IN', `${file} cannot be read: ${problem}`, 'sign in anew: "slipway login"');
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
