import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { tempFolder, TINY_TALES, type TempFolder } from '../testing/model-root.js';
import { ggufProblem } from './gguf-file.js';

let temp: TempFolder;
let whole: Buffer;
beforeAll(() => {
  temp = tempFolder();
  whole = readFileSync(TINY_TALES);
});
afterAll(() => temp[Symbol.dispose]());

const problemOf = (content: Buffer): Promise<string | null> => ggufProblem(temp.write('file.gguf', content));

const u32 = (value: number): Buffer => (b => (b.writeUInt32LE(value), b))(Buffer.alloc(4));
const u64 = (value: bigint): Buffer => (b => (b.writeBigUInt64LE(value), b))(Buffer.alloc(8));
const text = (value: string): Buffer => Buffer.concat([u64(BigInt(Buffer.byteLength(value))), Buffer.from(value)]);
const gguf = (tensors: bigint, pairs: bigint, ...rest: Buffer[]): Buffer => Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors), u64(pairs), ...rest]);

describe('a GGUF file', () => {
  it('is well when it is whole', async () => {
    expect(await ggufProblem(TINY_TALES)).toBeNull();
  });

  it('is said to be cut short wherever it is cut', async () => {
    const cuts = [0, 1, 3, 4, 7, 8, 15, 16, 23, 24, 25, 32, 100, 1000, 5000, whole.length - 1, whole.length - 100];
    for (let cut = 10_000; cut < whole.length; cut += 97_001) cuts.push(cut);
    const file = temp.write('cut.gguf', whole);
    for (const cut of cuts.sort((a, b) => b - a)) {
      truncateSync(file, cut);
      expect({ cut, problem: await ggufProblem(file) }).toEqual({ cut, problem: expect.stringMatching(/cut short/) });
    }
  });

  it('is not well when it is something else', async () => {
    for (const content of ['', 'GGU', 'PK\x03\x04 a zip', '<!doctype html>', '{"version":1}']) expect(await problemOf(Buffer.from(content.padEnd(64)))).toBe('is not a GGUF file');
    expect(await problemOf(Buffer.concat([Buffer.from('GGUF'), u32(1), Buffer.alloc(32)]))).toBe('has GGUF version 1; 2 and 3 can be read');
    expect(await problemOf(Buffer.concat([Buffer.from('GGUF'), Buffer.from([0, 0, 0, 3]), Buffer.alloc(32)]))).toMatch(/version 50331648/);
  });

  it('is not well when it is no file at all', async () => {
    mkdirSync(path.join(temp.path, 'folder.gguf'));
    execFileSync('mkfifo', [path.join(temp.path, 'pipe.gguf')]);
    for (const name of ['folder.gguf', 'pipe.gguf']) expect(await ggufProblem(path.join(temp.path, name))).toBe('is not a file');
  });

  it.each([
    ['counts of tensors', gguf(2n ** 63n, 0n)],
    ['counts of metadata', gguf(0n, 2n ** 40n)],
    ['many tensors and none there', gguf(99_999n, 0n)],
    ['a key', gguf(0n, 1n, u64(2n ** 62n))],
    ['a key longer than any', gguf(0n, 1n, u64(2n ** 24n), Buffer.alloc(64))],
    ['a text value', gguf(0n, 1n, text('k'), u32(8), u64(2n ** 50n))],
    ['a list of numbers', gguf(0n, 1n, text('k'), u32(9), u32(10), u64(2n ** 52n))],
    ['a list of texts', gguf(0n, 1n, text('k'), u32(9), u32(8), u64(2n ** 52n), Buffer.alloc(4096))],
    ['lists in lists', gguf(0n, 1n, text('k'), u32(9), u32(9), u64(2n ** 52n), Buffer.alloc(4096))],
    ['an unknown type', gguf(0n, 1n, text('k'), u32(77), Buffer.alloc(64))],
    ['an alignment of nothing', gguf(0n, 1n, text('general.alignment'), u32(4), u32(0))],
    ['a tensor of many dimensions', gguf(1n, 0n, text('t'), u32(4_000_000_000))],
    ['a tensor of endless size', gguf(1n, 0n, text('t'), u32(4), u64(2n ** 52n), u64(2n ** 52n), u64(2n ** 52n), u64(2n ** 52n), u32(0), u64(0n))],
    ['a tensor far away', gguf(1n, 0n, text('t'), u32(1), u64(1n), u32(0), u64(2n ** 52n))],
  ])('with absurd %s is refused at once', async (_what, content) => {
    expect(await problemOf(content)).toEqual(expect.any(String));
  });

  it('of millions of empty texts is refused without holding up others', async () => {
    const file = temp.write('sparse.gguf', gguf(0n, 1n, text('k'), u32(9), u32(8), u64(2n ** 45n)));
    truncateSync(file, 2 * 1024 ** 3); // sparse: it takes no room on disk
    expect(await ggufProblem(file)).toMatch(/header of more than/);
  });

  it('is never the reason for anything but an answer: whatever bytes are in its header', async () => {
    const header = whole.subarray(0, 2048);
    const change = fc.record({ at: fc.nat(header.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const content = Buffer.from(header);
        for (const { at, bytes } of changes) content.set(bytes.subarray(0, content.length - at), at);
        expect(await problemOf(content)).toEqual(expect.any(String)); // cut short at least
      }),
      { numRuns: 150 },
    );
  });

  it('is never the reason for anything but an answer: random bytes after the magic', async () => {
    const small = fc.bigInt(0n, 4n);
    await fc.assert(
      fc.asyncProperty(small, small, fc.uint8Array({ maxLength: 400 }), async (tensors, pairs, bytes) => {
        const answer = await problemOf(gguf(tensors, pairs, Buffer.from(bytes)));
        expect(answer === null || answer.length > 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
