import { open, stat, type FileHandle } from 'node:fs/promises';

/** Four times the vocabulary of the largest models; the header is read no further. */
const HEADER_BYTES_MAX = 64 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** Tensors, or metadata entries; the largest models have a few thousand. */
const ENTRIES_MAX = 100_000;
/** Beyond it a number is no longer exact. */
const SIZE_MAX = Number.MAX_SAFE_INTEGER;
const DEFAULT_ALIGNMENT = 32;

/** Elements per block and bytes per block of each ggml tensor type; a type unknown here is not sized. */
const BLOCKS: Readonly<Record<number, readonly [elements: number, bytes: number]>> = {
  0: [1, 4], 1: [1, 2], 2: [32, 18], 3: [32, 20], 6: [32, 22], 7: [32, 24], 8: [32, 34], 9: [32, 36],
  10: [256, 84], 11: [256, 110], 12: [256, 144], 13: [256, 176], 14: [256, 210], 15: [256, 292],
  16: [256, 66], 17: [256, 74], 18: [256, 98], 19: [256, 50], 20: [32, 18], 21: [256, 110], 22: [256, 82], 23: [256, 136], 29: [256, 56],
  34: [256, 54], 35: [256, 66], 39: [32, 17], 24: [1, 1], 25: [1, 2], 26: [1, 4], 27: [1, 8], 28: [1, 8], 30: [1, 2],
};
const SCALAR_BYTES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
const STRING = 8;
const ARRAY = 9;

class Malformed extends Error {}

/** Says what is wrong with a GGUF file (not one, or cut short), or null. Reads the header only: cheap for any size. */
export async function ggufProblem(file: string): Promise<string | null> {
  if (!(await stat(file)).isFile()) return 'is not a file'; // a pipe would never open
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const needed = await sizeAsDeclared(new Header(handle, size));
    return size < needed ? `is cut short: it has ${size} bytes and declares ${needed}` : null;
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  } finally {
    await handle.close();
  }
}

async function sizeAsDeclared(header: Header): Promise<number> {
  if ((await header.bytes(4)).toString('latin1') !== 'GGUF') throw new Malformed('is not a GGUF file');
  const version = await header.u32();
  if (version < 2 || version > 3) throw new Malformed(`has GGUF version ${version}; 2 and 3 can be read`);
  const tensors = await header.count('tensors');
  const pairs = await header.count('metadata entries');
  let alignment = DEFAULT_ALIGNMENT;
  for (let i = 0; i < pairs; i++) {
    const key = await header.string();
    const type = await header.u32();
    if (key === 'general.alignment' && type === 4) alignment = await header.u32();
    else await skipValue(header, type);
  }
  if (alignment === 0) throw new Malformed('has an alignment of 0');
  let end = 0;
  for (let i = 0; i < tensors; i++) end = Math.max(end, await tensorEnd(header));
  return Math.ceil(header.offset / alignment) * alignment + end;
}

async function tensorEnd(header: Header): Promise<number> {
  await header.string();
  const dimensions = await header.u32();
  if (dimensions > 8) throw new Malformed(`has a tensor with ${dimensions} dimensions`);
  let elements = 1;
  for (let d = 0; d < dimensions; d++) elements *= await header.u64();
  const block = BLOCKS[await header.u32()];
  const offset = await header.u64();
  return block === undefined ? offset : offset + Math.ceil(elements / block[0]) * block[1];
}

async function skipValue(header: Header, type: number): Promise<void> {
  const bytes = SCALAR_BYTES[type];
  if (bytes !== undefined) return header.skip(bytes);
  if (type === STRING) return header.skip(await header.u64());
  if (type !== ARRAY) throw new Malformed(`has metadata of unknown type ${type}`);
  const itemType = await header.u32();
  const items = await header.u64();
  const itemBytes = SCALAR_BYTES[itemType];
  if (itemBytes !== undefined) return header.skip(items * itemBytes);
  if (itemType !== STRING) throw new Malformed(`has a list of unknown type ${itemType} in its metadata`);
  await header.skipStrings(items);
}

/** Reads forward through the header in chunks; running past the end means the file was cut short. */
class Header {
  offset = 0;
  #chunk = Buffer.alloc(0);
  #chunkAt = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly size: number,
  ) {}

  async bytes(length: number): Promise<Buffer> {
    await this.#have(length);
    const start = this.offset - this.#chunkAt;
    this.offset += length;
    return this.#chunk.subarray(start, start + length);
  }

  skip(length: number): void {
    this.offset += length;
    if (this.offset > this.size) throw new Malformed(`is cut short: its header does not fit in ${this.size} bytes`);
    if (this.offset > HEADER_BYTES_MAX) throw new Malformed(`has a header of more than ${HEADER_BYTES_MAX} bytes`);
  }

  /** A vocabulary has hundreds of thousands, and a hostile file millions: it waits once a chunk, not once a string. */
  async skipStrings(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      if (!this.#isAtHand(8)) await this.#have(8);
      const length = sizeIn(this.#chunk, this.offset - this.#chunkAt);
      this.skip(8 + length);
    }
  }

  async u32(): Promise<number> {
    return (await this.bytes(4)).readUInt32LE();
  }

  async u64(): Promise<number> {
    return sizeIn(await this.bytes(8), 0);
  }

  async count(of: string): Promise<number> {
    const value = await this.u64();
    if (value > ENTRIES_MAX) throw new Malformed(`declares ${value} ${of}`);
    return value;
  }

  async string(): Promise<string> {
    const length = await this.u64();
    if (length > CHUNK_BYTES) throw new Malformed('has an absurdly long name in its header');
    return (await this.bytes(length)).toString('utf8');
  }

  #isAtHand(length: number): boolean {
    return this.offset >= this.#chunkAt && this.offset + length <= this.#chunkAt + this.#chunk.length;
  }

  async #have(length: number): Promise<void> {
    const start = this.offset;
    this.skip(length);
    this.offset = start;
    if (this.#isAtHand(length)) return;
    const chunk = Buffer.alloc(Math.min(this.size - start, Math.max(CHUNK_BYTES, length)));
    const { bytesRead } = await this.handle.read(chunk, 0, chunk.length, start);
    this.#chunk = chunk.subarray(0, bytesRead);
    this.#chunkAt = start;
    if (bytesRead < length) throw new Malformed('is cut short'); // while it was read
  }
}

function sizeIn(bytes: Buffer, at: number): number {
  const value = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
  if (value > SIZE_MAX) throw new Malformed('has an absurd size in its header');
  return value;
}
