import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateDirectory, readPrivateFile, writePrivateFile } from './private-file.js';
import { secretCipher, secretName, secretReference } from './secret-cipher.js';
import type { SecretStore } from './secret-store.js';

/**
 * One encrypted file per secret (AES-256-GCM, bound to its name) in a directory only its owner may enter.
 * `get` throws when a file was damaged or belongs to another master key.
 */
export function fileSecretStore(directory: string, masterKey: Buffer | string): SecretStore {
  makePrivateDirectory(directory);
  const cipher = secretCipher(masterKey);
  return {
    async put(value) {
      const name = cipher.nameOf(value);
      const file = join(directory, name);
      if (!existsSync(file)) writePrivateFile(file, cipher.encrypt(name, value));
      return Promise.resolve(secretReference(name));
    },
    async get(reference) {
      const name = secretName(reference);
      const content = name === null ? null : readPrivateFile(join(directory, name));
      return Promise.resolve(name === null || content === null ? null : cipher.decrypt(name, content));
    },
  };
}
