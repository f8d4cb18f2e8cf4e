import type { Socket } from 'node:net';
import { DropOldestQueue } from '../drop-oldest-queue.js';
import { SEND_QUEUE_MAX } from '../signals.js';
import { createFrameReader, encodeFrame, type Frame } from './frame.js';

const UNREAD_MAX_BYTES = 1024 * 1024;

/** One side of a socket: frames in, frames out, and a bounded queue for a peer that reads slowly or not at all. */
export class Connection {
  readonly #waiting = new DropOldestQueue<string>(SEND_QUEUE_MAX);
  readonly #socket: Socket;
  #isBlocked = false;

  /** `onClose` is called once, for whatever reason the connection ended. */
  constructor(socket: Socket, onFrame: (frame: Frame) => void, onClose: () => void) {
    this.#socket = socket;
    const read = createFrameReader(onFrame);
    socket.on('data', (chunk: Buffer) => {
      if (!socket.destroyed && !read(chunk)) socket.destroy();
    });
    socket.on('drain', () => this.#flush());
    socket.on('error', () => undefined); // 'close' follows, which says all there is to know
    socket.once('close', () => {
      this.#waiting.clear();
      onClose();
    });
  }

  /** Signals meant for this peer that it will not get. */
  get droppedCount(): number {
    return this.#waiting.droppedCount;
  }

  send(frame: Frame): void {
    if (frame.type === 'signal') {
      this.#waiting.push(encodeFrame(frame));
      if (!this.#isBlocked) this.#flush();
      return;
    }
    // Must not be dropped while the connection lives; a peer that has left so many unread will not miss it.
    if (this.#socket.writableLength > UNREAD_MAX_BYTES) this.#socket.destroy();
    else this.#socket.write(encodeFrame(frame));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #flush(): void {
    this.#isBlocked = false;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (this.#socket.write(next)) continue;
      this.#isBlocked = true;
      return;
    }
  }
}
