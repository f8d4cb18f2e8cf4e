import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOrCreateAdminToken } from './admin-token.js';
import { fileSecretStore } from './file-secret-store.js';
import { derivedKey, loadOrCreateMasterKey, replicaKey } from './master-key.js';
import { SECRET_BYTES_MAX } from './secret-store.js';

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

describe('the secret store of files', () => {
  const key = Buffer.alloc(32, 7);
  const open = (masterKey = key) => fileSecretStore(join(dataDir, 'secrets'), masterKey);

  it('gives a value back by a reference that is the same each time and tells nothing', async () => {
    const reference = await open().put('hf_token_123');
    expect(reference).toMatch(/^secret:[\da-f]{64}$/);
    expect(await open().put('hf_token_123')).toBe(reference);
    expect(await open().get(reference)).toBe('hf_token_123');
    expect(await open().put('other')).not.toBe(reference);
    expect(await open(Buffer.alloc(32, 8)).put('hf_token_123')).not.toBe(reference);
  });

  it('writes ciphertext to private files in a private directory', async () => {
    const reference = await open().put('hf_token_123');
    const file = join(dataDir, 'secrets', reference.slice('secret:'.length));
    expect(modeOf(join(dataDir, 'secrets'))).toBe(0o700);
    expect(modeOf(file)).toBe(0o600);
    expect(readFileSync(file).includes('hf_token_123')).toBe(false);
  });

  it.each(['', 'secret:', `secret:${'0'.repeat(64)}`, 'secret:../../admin-token', `x${'0'.repeat(64)}`])('knows nothing under %j', async (reference) => {
    expect(await open().get(reference)).toBeNull();
  });

  it('refuses to read a damaged file, one moved to another name, or one of another master key', async () => {
    const [first, second] = [await open().put('one'), await open().put('two')].map((reference) => join(dataDir, 'secrets', reference.slice(7)));
    if (first === undefined || second === undefined) throw new Error('two secrets were stored');
    const original = readFileSync(first);
    writeFileSync(first, readFileSync(second));
    await expect(open().get(`secret:${first.slice(-64)}`)).rejects.toThrow('damaged, or written under another master key');
    writeFileSync(first, original.subarray(0, 20));
    await expect(open().get(`secret:${first.slice(-64)}`)).rejects.toThrow('damaged');
    writeFileSync(first, original);
    await expect(open(Buffer.alloc(32, 8)).get(`secret:${first.slice(-64)}`)).rejects.toThrow('another master key');
    expect(await open().get(`secret:${first.slice(-64)}`)).toBe('one');
  });

  it('keeps empty and largest values, and refuses larger ones', async () => {
    expect(await open().get(await open().put(''))).toBe('');
    const largest = 'x'.repeat(SECRET_BYTES_MAX);
    expect(await open().get(await open().put(largest))).toBe(largest);
    await expect(open().put(`${largest}x`)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});
