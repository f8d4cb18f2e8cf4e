import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { invalidInput } from '@slipway/contracts';
import { derivedKey } from './master-key.js';
import { SECRET_BYTES_MAX } from './secret-store.js';

const REFERENCE = /^secret:([\da-f]{64})$/;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** How secrets are named and encrypted, wherever they are kept: AES-256-GCM, each bound to its name. */
export type SecretCipher = {
  /** The same for the same value, and tells nothing about it. Throws INVALID_INPUT for a value that is too large. */
  nameOf(value: string): string;
  encrypt(name: string, value: string): Buffer;
  /** Throws when the content was damaged, belongs to another name, or was written under another master key. */
  decrypt(name: string, content: Buffer): string;
};

export function secretCipher(masterKey: Buffer | string): SecretCipher {
  const namingKey = derivedKey(masterKey, 'secret-reference');
  const cipherKey = derivedKey(masterKey, 'secret-content');
  return {
    nameOf(value) {
      if (Buffer.byteLength(value) > SECRET_BYTES_MAX) {
        throw invalidInput([{ field: 'secret', problem: `must be at most ${SECRET_BYTES_MAX} bytes` }]);
      }
      return createHmac('sha256', namingKey).update(value).digest('hex');
    },
    encrypt: (name, value) => encrypt(cipherKey, name, value),
    decrypt: (name, content) => decrypt(cipherKey, name, content),
  };
}

export const secretReference = (name: string): string => `secret:${name}`;

/** Null when it is no reference. */
export const secretName = (reference: string): string | null => REFERENCE.exec(reference)?.[1] ?? null;

function encrypt(key: Buffer, name: string, value: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
  const body = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function decrypt(key: Buffer, name: string, content: Buffer): string {
  try {
    const nonce = content.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(name));
    decipher.setAuthTag(content.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(content.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch (error) {
    throw new Error(`secret ${name.slice(0, 12)}… cannot be read: damaged, or written under another master key`, { cause: error });
  }
}
