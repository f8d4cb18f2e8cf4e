import { ChunkReader, joined } from './http1-chunks.js';
import type { BodyFraming } from './http1-head.js';

export type BodyProgress =
  | { readonly type: 'more' }
  /** `consumed` bytes of the buffer given last were the body's. */
  | { readonly type: 'whole'; readonly body: Buffer; readonly consumed: number }
  | { readonly type: 'tooLarge' }
  /** `onBytes` did not want more. */
  | { readonly type: 'refused' }
  | { readonly type: 'malformed' };

const MORE: BodyProgress = { type: 'more' };
const TOO_LARGE: BodyProgress = { type: 'tooLarge' };
const REFUSED: BodyProgress = { type: 'refused' };
const MALFORMED: BodyProgress = { type: 'malformed' };

/** Collects the body of a request: the read itself if it came whole, one buffer of the stated length, or chunks. */
export class RequestBody {
  readonly #chunks: ChunkReader | null;
  readonly #length: number;
  readonly #pieces: Buffer[] = [];
  #whole: Buffer | null = null;
  #received = 0;

  constructor(
    framing: BodyFraming,
    private readonly bytesMax: number,
  ) {
    this.#chunks = framing.type === 'chunked' ? new ChunkReader({ extras: 'refused' }) : null;
    this.#length = framing.type === 'length' ? framing.bytes : 0;
  }

  /** Bytes that are still to come, as far as that is known. */
  get bytesLeft(): number {
    return this.#chunks === null ? this.#length - this.#received : Infinity;
  }

  read(buffer: Buffer, onBytes: (bytes: number) => boolean): BodyProgress {
    return this.#chunks === null ? this.#readLength(buffer, onBytes) : this.#readChunks(this.#chunks, buffer, onBytes);
  }

  /** Reads without keeping anything; null when the end has not come yet, -1 if it cannot be found, else the bytes consumed. */
  discard(buffer: Buffer): number | null {
    if (this.#chunks !== null) {
      const reading = this.#chunks.read(buffer, () => undefined);
      return reading === 'more' ? null : reading === 'ended' ? this.#chunks.consumed : -1;
    }
    const consumed = Math.min(buffer.length, this.bytesLeft);
    this.#received += consumed;
    return this.bytesLeft === 0 ? consumed : null;
  }

  #readLength(buffer: Buffer, onBytes: (bytes: number) => boolean): BodyProgress {
    if (this.#length > this.bytesMax) return TOO_LARGE;
    if (buffer.length === 0) return MORE; // nothing is set aside for bytes that may never come
    const offset = this.#received;
    const piece = buffer.length > this.#length - offset ? buffer.subarray(0, this.#length - offset) : buffer;
    this.#received += piece.length;
    if (piece.length > 0 && !onBytes(piece.length)) return REFUSED;
    if (piece.length === this.#length) return { type: 'whole', body: piece, consumed: piece.length };
    this.#whole ??= Buffer.allocUnsafeSlow(this.#length);
    piece.copy(this.#whole, offset);
    return this.#received < this.#length ? MORE : { type: 'whole', body: this.#whole, consumed: piece.length };
  }

  #readChunks(chunks: ChunkReader, buffer: Buffer, onBytes: (bytes: number) => boolean): BodyProgress {
    const before = this.#received;
    const reading = chunks.read(buffer, (piece) => {
      this.#received += piece.length;
      if (this.#received <= this.bytesMax) this.#pieces.push(piece);
    });
    if (this.#received > this.bytesMax) return TOO_LARGE;
    if (reading === 'malformed') return MALFORMED;
    if (this.#received > before && !onBytes(this.#received - before)) return REFUSED;
    return reading === 'more' ? MORE : { type: 'whole', body: joined(this.#pieces), consumed: chunks.consumed };
  }
}
