import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readPrivateFile, writePrivateFile } from './private-file.js';

const KEY_BYTES = 32;

/**
 * The key all other keys of one installation derive from, in `<dataDir>/master-key`, mode 0600. Losing it loses every
 * stored secret and locks the control plane out of running replicas.
 * @throws Error when the file does not hold a key: a damaged key is never silently replaced.
 */
export function loadOrCreateMasterKey(dataDir: string): Buffer {
  const file = join(dataDir, 'master-key');
  mkdirSync(dataDir, { recursive: true });
  const stored = readPrivateFile(file)?.toString('utf8').trim();
  if (stored === undefined) {
    const key = randomBytes(KEY_BYTES);
    writePrivateFile(file, `${key.toString('hex')}\n`);
    return key;
  }
  if (!/^[\da-f]{64}$/.test(stored)) throw new Error(`${file} does not hold a master key of ${KEY_BYTES} bytes in hex`);
  return Buffer.from(stored, 'hex');
}

/** A key for one purpose; knowing it tells nothing about the master key or other purposes. */
export function derivedKey(masterKey: Buffer | string, purpose: string): Buffer {
  return createHmac('sha256', masterKey).update(purpose).digest();
}

/** What a replica accepts as its bearer token: derived, so that it needs no storing and survives a restart. */
export function replicaKey(masterKey: Buffer | string, replicaId: string): string {
  return `slipway_replica_${derivedKey(masterKey, `replica:${replicaId}`).toString('hex')}`;
}
