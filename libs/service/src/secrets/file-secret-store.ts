import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { invalidInput } from '@slipway/contracts';
import { derivedKey } from './master-key.js';
import { makePrivateDirectory, readPrivateFile, writePrivateFile } from './private-file.js';
import { SECRET_BYTES_MAX, type SecretStore } from './secret-store.js';

const REFERENCE = /^secret:([\da-f]{64})$/;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * One encrypted file per secret (AES-256-GCM, bound to its name) in a directory only its owner may enter.
 * `get` throws when a file was damaged or belongs to another master key.
 */
export function fileSecretStore(directory: string, masterKey: Buffer | string): SecretStore {
  makePrivateDirectory(directory);
  const namingKey = derivedKey(masterKey, 'secret-reference');
  const cipherKey = derivedKey(masterKey, 'secret-content');

  return {
    async put(value) {
      if (Buffer.byteLength(value) > SECRET_BYTES_MAX) {
        throw invalidInput([{ field: 'secret', problem: `must be at most ${SECRET_BYTES_MAX} bytes` }]);
      }
      const name = createHmac('sha256', namingKey).update(value).digest('hex');
      const file = join(directory, name);
      if (!existsSync(file)) writePrivateFile(file, encrypt(cipherKey, name, value));
      return Promise.resolve(`secret:${name}`);
    },
    async get(reference) {
      const [, name] = REFERENCE.exec(reference) ?? [];
      const content = name === undefined ? null : readPrivateFile(join(directory, name));
      return Promise.resolve(name === undefined || content === null ? null : decrypt(cipherKey, name, content));
    },
  };
}

function encrypt(key: Buffer, name: string, value: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
  const body = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function decrypt(key: Buffer, name: string, content: Buffer): string {
  try {
    const nonce = content.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
    decipher.setAuthTag(content.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(content.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch (error) {
    throw new Error(`secret ${name.slice(0, 12)}… cannot be read: damaged, or written under another master key`, { cause: error });
  }
}
