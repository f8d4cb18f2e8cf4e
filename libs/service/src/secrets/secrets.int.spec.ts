import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOrCreateAdminToken } from './admin-token.js';
import { fileSecretStore } from './file-secret-store.js';
import { derivedKey, loadOrCreateMasterKey, replicaKey } from './master-key.js';
import { secretStoreConformance } from './secret-store.conformance.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'slipway-secrets-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('the admin token', () => {
  it('is made once, is 256 bits behind its prefix, and lies in a file only its owner may read', () => {
    const made = loadOrCreateAdminToken(dataDir);
    expect(made).toMatchObject({ created: true, file: join(dataDir, 'admin-token') });
    expect(made.token).toMatch(/^slipway_admin_[\w-]{43}$/);
    expect(modeOf(made.file)).toBe(0o600);
    expect(loadOrCreateAdminToken(dataDir)).toMatchObject({ token: made.token, created: false });
    expect(readdirSync(dataDir)).toEqual(['admin-token']);
  });

  it('is verified whole', () => {
    const { token, verify } = loadOrCreateAdminToken(dataDir);
    expect(verify(token)).toBe(true);
    for (const wrong of ['', token.slice(1), `${token}x`, token.toUpperCase()]) expect(verify(wrong)).toBe(false);
  });

  it('may be given, and the file then holds the one that works', () => {
    const old = loadOrCreateAdminToken(dataDir).token;
    const given = loadOrCreateAdminToken(dataDir, 'a-token-of-my-own-choice');
    expect(given).toMatchObject({ token: 'a-token-of-my-own-choice', created: false });
    expect(given.verify(old)).toBe(false);
    expect(readFileSync(given.file, 'utf8').trim()).toBe(given.token);
    expect(modeOf(given.file)).toBe(0o600);
  });

  it.each(['short', 'has a space in the middle', 'ünïcödé-is-not-visible-ascii'])('refuses %j', (given) => {
    expect(() => loadOrCreateAdminToken(dataDir, given)).toThrow('at least 16 visible ASCII characters');
    expect(existsSync(join(dataDir, 'admin-token'))).toBe(false);
  });

  it('treats an empty one as none, refuses a damaged file, and closes one that others could read', () => {
    const { file, token } = loadOrCreateAdminToken(dataDir, '');
    chmodSync(file, 0o644);
    expect(loadOrCreateAdminToken(dataDir).token).toBe(token);
    expect(modeOf(file)).toBe(0o600);
    writeFileSync(file, '');
    expect(() => loadOrCreateAdminToken(dataDir)).toThrow(file);
  });
});

describe('the master key', () => {
  it('is made once and kept private', () => {
    const key = loadOrCreateMasterKey(dataDir);
    expect(key).toHaveLength(32);
    expect(loadOrCreateMasterKey(dataDir)).toEqual(key);
    expect(modeOf(join(dataDir, 'master-key'))).toBe(0o600);
  });

  it('is never replaced when its file is damaged', () => {
    writeFileSync(join(dataDir, 'master-key'), 'abc');
    expect(() => loadOrCreateMasterKey(dataDir)).toThrow('does not hold a master key');
    expect(readFileSync(join(dataDir, 'master-key'), 'utf8')).toBe('abc');
  });

  it('gives each replica and each purpose a key of its own, always the same', () => {
    const key = Buffer.alloc(32, 1);
    expect(replicaKey(key, 'r1')).toMatch(/^slipway_replica_[\da-f]{64}$/);
    expect(replicaKey(key, 'r1')).toBe(replicaKey(key, 'r1'));
    expect(new Set([replicaKey(key, 'r1'), replicaKey(key, 'r2'), replicaKey(Buffer.alloc(32, 2), 'r1')]).size).toBe(3);
    expect(derivedKey(key, 'a')).not.toEqual(derivedKey(key, 'b'));
  });
});

secretStoreConformance('the secret store of files', async () => {
  const folder = join(dataDir, 'secrets');
  return {
    open: async (masterKey) => fileSecretStore(folder, masterKey),
    content: async (name) => readFileSync(join(folder, name)),
    overwrite: async (name, content) => writeFileSync(join(folder, name), content),
    [Symbol.asyncDispose]: async () => undefined,
  };
});

it('keeps secrets in private files in a private directory', async () => {
  const reference = await fileSecretStore(join(dataDir, 'secrets'), Buffer.alloc(32, 7)).put('hf_token_123');
  expect(modeOf(join(dataDir, 'secrets'))).toBe(0o700);
  expect(modeOf(join(dataDir, 'secrets', reference.slice('secret:'.length)))).toBe(0o600);
});
