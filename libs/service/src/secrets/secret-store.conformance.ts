import { SECRET_BYTES_MAX, type SecretStore } from './secret-store.js';

export type SecretPlace = AsyncDisposable & {
  /** The store in this place, under this master key. */
  open(masterKey: Buffer): Promise<SecretStore>;
  /** What is kept under a name, as it lies there. */
  content(name: string): Promise<Buffer>;
  overwrite(name: string, content: Buffer): Promise<void>;
};

const KEY = Buffer.alloc(32, 7);
const OTHER_KEY = Buffer.alloc(32, 8);
const nameIn = (reference: string): string => reference.slice('secret:'.length);

/** What every store of secrets must do. */
export function secretStoreConformance(kind: string, openPlace: () => Promise<SecretPlace>): void {
  describe(kind, () => {
    it('gives a value back by a reference that is the same each time and tells nothing', async () => {
      await using place = await openPlace();
      const store = await place.open(KEY);
      const reference = await store.put('hf_token_123');
      expect(reference).toMatch(/^secret:[\da-f]{64}$/);
      expect(await store.put('hf_token_123')).toBe(reference);
      expect(await store.get(reference)).toBe('hf_token_123');
      expect(await store.put('other')).not.toBe(reference);
      expect(await (await place.open(OTHER_KEY)).put('hf_token_123')).not.toBe(reference);
      expect(await (await place.open(KEY)).get(reference)).toBe('hf_token_123');
    });

    it('keeps ciphertext', async () => {
      await using place = await openPlace();
      const reference = await (await place.open(KEY)).put('hf_token_123');
      expect((await place.content(nameIn(reference))).includes('hf_token_123')).toBe(false);
    });

    it.each(['', 'secret:', `secret:${'0'.repeat(64)}`, 'secret:../../admin-token', `x${'0'.repeat(64)}`])('knows nothing under %j', async (reference) => {
      await using place = await openPlace();
      expect(await (await place.open(KEY)).get(reference)).toBeNull();
    });

    it('refuses to read what was damaged, moved to another name, or written under another master key', async () => {
      await using place = await openPlace();
      const store = await place.open(KEY);
      const [first, second] = [await store.put('one'), await store.put('two')];
      const original = await place.content(nameIn(first));
      await place.overwrite(nameIn(first), await place.content(nameIn(second)));
      await expect(store.get(first)).rejects.toThrow('damaged, or written under another master key');
      await place.overwrite(nameIn(first), original.subarray(0, 20));
      await expect(store.get(first)).rejects.toThrow('damaged');
      await place.overwrite(nameIn(first), original);
      await expect((await place.open(OTHER_KEY)).get(first)).rejects.toThrow('another master key');
      expect(await store.get(first)).toBe('one');
    });

    it('keeps empty and largest values, and refuses larger ones', async () => {
      await using place = await openPlace();
      const store = await place.open(KEY);
      expect(await store.get(await store.put(''))).toBe('');
      const largest = 'x'.repeat(SECRET_BYTES_MAX);
      expect(await store.get(await store.put(largest))).toBe(largest);
      await expect(store.put(`${largest}x`)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });

    it('takes the same value from many at once', async () => {
      await using place = await openPlace();
      const stores = await Promise.all(Array.from({ length: 4 }, () => place.open(KEY)));
      const references = new Set(await Promise.all([...stores, ...stores].map((store) => store.put('shared'))));
      expect(references.size).toBe(1);
      expect(await stores[0]?.get([...references][0] ?? '')).toBe('shared');
    });
  });
}
