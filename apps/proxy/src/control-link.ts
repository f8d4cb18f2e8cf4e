import { connect, type Socket } from 'node:net';
import type { ProxyLog } from './proxy-log.js';
import type { ProxyReport, ProxyReporter } from './proxy-reporter.js';

/** Pause before another try to reach the control plane, in milliseconds. */
const RECONNECT_DELAY_MS = 500;
/** Unsent report bytes past which a control plane that does not read is let go; reports are only worth having fresh. */
const UNSENT_BYTES_MAX = 1024 * 1024;
/** Longest line taken from the control plane. */
const LINE_CHARS_MAX = 4_096;

export type ControlLinkOptions = {
  /** Path of the control plane's local socket. */
  readonly socketPath: string;
  /** The control plane says that the log has grown. */
  readonly onNews: () => void;
  readonly log: ProxyLog;
};

/**
 * The local socket between proxy and control plane. JSON lines: reports go there, `{"position":n}` comes back when the
 * log has grown. While nobody answers reports are dropped, and the last is said again once somebody does.
 */
export class ControlLink implements ProxyReporter, Disposable {
  #socket: Socket | null = null;
  #isConnected = false;
  #timer: NodeJS.Timeout | null = null;
  #last: ProxyReport | null = null;
  #unread = '';
  #closed = false;

  constructor(private readonly options: ControlLinkOptions) {
    this.#connect();
  }

  report(report: ProxyReport): void {
    this.#last = report;
    if (this.#isConnected) this.#say(report);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#socket?.end();
    this.#socket?.unref();
  }

  #connect(): void {
    const socket = connect(this.options.socketPath);
    this.#socket = socket;
    this.#unread = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      this.#isConnected = true;
      this.options.log('control-plane-reached');
      if (this.#last !== null) this.#say({ ...this.#last, tallies: null });
    });
    socket.on('data', (text: string) => this.#hear(text));
    socket.on('error', () => undefined); // a close follows
    socket.on('close', () => {
      if (this.#isConnected) this.options.log('control-plane-lost');
      this.#isConnected = false;
      if (this.#closed) return;
      this.#timer = setTimeout(() => this.#connect(), RECONNECT_DELAY_MS);
      this.#timer.unref();
    });
  }

  #say(report: ProxyReport): void {
    const socket = this.#socket;
    if (socket === null) return;
    if (socket.writableLength > UNSENT_BYTES_MAX) socket.destroy();
    else socket.write(`${JSON.stringify(report)}\n`);
  }

  /** Whatever it says, it is a reason to look at the log: what is new stands there. */
  #hear(text: string): void {
    this.#unread += text;
    const end = this.#unread.lastIndexOf('\n');
    if (end !== -1) {
      this.#unread = this.#unread.slice(end + 1);
      this.options.onNews();
    }
    if (this.#unread.length > LINE_CHARS_MAX) this.#socket?.destroy();
  }
}
