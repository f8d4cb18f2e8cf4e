import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

const MASTER_KEY = /^[\da-f]{64}$/;

/**
 * The keys of replicas, derived from the installation's master key: the same as `replicaKey` of `@slipway/service`, which
 * is not imported for it because that brings the control plane's GraphQL with it, some 50 MB in a process that needs none.
 * The file is read at the first replica: the control plane makes it before it launches any.
 * @throws Error when the file does not hold a key.
 */
export function replicaKeysFrom(masterKeyFile: string): (replicaId: string) => string {
  let masterKey: Buffer | null = null;
  return (replicaId) => {
    masterKey ??= readMasterKey(masterKeyFile);
    return replicaKeyOf(masterKey, replicaId);
  };
}

export const replicaKeyOf = (masterKey: Buffer, replicaId: string): string =>
  `slipway_replica_${createHmac('sha256', masterKey).update(`replica:${replicaId}`).digest('hex')}`;

function readMasterKey(file: string): Buffer {
  const text = readFileSync(file, 'utf8').trim();
  if (!MASTER_KEY.test(text)) throw new Error(`${file} does not hold a master key of 32 bytes in hex`);
  return Buffer.from(text, 'hex');
}
