/** Longest size line: eight hexadecimal digits, an extension, and CRLF. */
const SIZE_LINE_BYTES_MAX = 256;
/** All trailers of a message together. */
const TRAILERS_BYTES_MAX = 4_096;
const SIZE_DIGITS_MAX = 8;

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const EMPTY = Buffer.alloc(0);

export type ChunkReading = 'more' | 'ended' | 'malformed';

export type ChunkRules = {
  /** Extensions and trailers are refused (from clients) or read over (from replicas). Neither is ever passed on. */
  readonly extras: 'refused' | 'dropped';
};

/** Reads a chunked body as it comes, strictly: sizes in bare hexadecimal digits, every line ended by CRLF. */
export class ChunkReader {
  #state: 'size' | 'extension' | 'sizeLineFeed' | 'data' | 'dataReturn' | 'dataLineFeed' | 'trailer' = 'size';
  #size = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailer = '';
  /** Bytes of the last buffer that were read; what is behind them is not of this body. */
  consumed = 0;

  constructor(private readonly rules: ChunkRules) {}

  /** Reads a buffer; its payload, if any, goes to `payload`, in one piece per chunk. */
  read(buffer: Buffer, payload: (piece: Buffer) => void): ChunkReading {
    let at = 0;
    while (at < buffer.length) {
      if (this.#state === 'data') {
        const piece = buffer.subarray(at, at + this.#size);
        at += piece.length;
        this.#size -= piece.length;
        if (this.#size === 0) this.#state = 'dataReturn';
        payload(piece);
        continue;
      }
      const byte = buffer[at] as number;
      at += 1;
      if (this.#state === 'trailer') {
        const reading = this.#readTrailer(byte);
        if (reading === 'more') continue;
        this.consumed = at;
        return reading;
      }
      if (!this.#readFrame(byte)) return 'malformed';
    }
    this.consumed = at;
    return 'more';
  }

  #readFrame(byte: number): boolean {
    switch (this.#state) {
      case 'size':
        return this.#readSize(byte);
      case 'extension':
        if (byte === CR) this.#state = 'sizeLineFeed';
        return byte === CR || (isFieldByte(byte) && (this.#lineBytes += 1) <= SIZE_LINE_BYTES_MAX);
      case 'sizeLineFeed':
        this.#state = this.#size === 0 ? 'trailer' : 'data';
        return byte === LF;
      case 'dataReturn':
        this.#state = 'dataLineFeed';
        return byte === CR;
      case 'dataLineFeed':
        this.#state = 'size';
        this.#digits = 0;
        this.#lineBytes = 0;
        return byte === LF;
      case 'data':
      case 'trailer':
        return false; // read elsewhere
    }
  }

  #readSize(byte: number): boolean {
    const digit = hexadecimal(byte);
    if (digit !== -1) {
      this.#digits += 1;
      this.#size = this.#size * 16 + digit;
      return this.#digits <= SIZE_DIGITS_MAX;
    }
    if (this.#digits === 0) return false;
    if (byte === CR) this.#state = 'sizeLineFeed';
    else if (byte === SEMICOLON && this.rules.extras === 'dropped') this.#state = 'extension';
    else return false;
    return true;
  }

  /** After the last chunk: lines up to an empty one. */
  #readTrailer(byte: number): ChunkReading {
    this.#trailer += String.fromCharCode(byte);
    if (this.#trailer === '\r\n') return 'ended';
    if (this.rules.extras === 'refused') return this.#trailer === '\r' ? 'more' : 'malformed';
    if (this.#trailer.length > TRAILERS_BYTES_MAX || (byte === LF && !this.#trailer.endsWith('\r\n'))) return 'malformed';
    return this.#trailer.endsWith('\r\n\r\n') ? 'ended' : 'more';
  }
}

/** All pieces as one buffer, without a copy where there is only one. */
export function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? (pieces[0] as Buffer) : pieces.length === 0 ? EMPTY : Buffer.concat(pieces);
}

function hexadecimal(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

const isFieldByte = (byte: number): boolean => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f);
