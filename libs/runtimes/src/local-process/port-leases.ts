import { createServer } from 'node:net';
import { once } from 'node:events';
import { readFileIfAny, replaceFile } from './run-folder.js';

/** Below the range from which Linux takes ports for outgoing connections, so that none of those sits on a leased port. */
export const PORT_FIRST = 20_000;
export const PORT_LAST = 29_999;
/** A port rests this long after its engine: a proxy may still send there, and must not meet another replica. */
export const PORT_REST_MS = 60_000;
/** Taken ports met before giving up. */
const PORT_TRIES_MAX = 200;

export type PortLeasesOptions = {
  readonly host: string;
  /** Keeps the resting ports over a restart. */
  readonly path: string;
  readonly nowMs: () => number;
  readonly range?: { readonly first: number; readonly last: number };
  /** In [0, 1). */
  readonly random?: () => number;
};

export type PortLeases = {
  /** A port nothing listens on and no replica had in the last PORT_REST_MS. Null: none was found. */
  acquire(): Promise<number | null>;
  /** The port of an engine that runs; it is not given out. */
  hold(port: number): void;
  release(port: number): void;
};

/** Every port given out before counts as just released; `hold` those that are still in use. */
export async function openPortLeases(options: PortLeasesOptions): Promise<PortLeases> {
  const { host, path, nowMs, range = { first: PORT_FIRST, last: PORT_LAST }, random = Math.random } = options;
  const HELD = Number.POSITIVE_INFINITY;
  const restUntilMs = new Map((await readPorts(path)).map((port) => [port, nowMs() + PORT_REST_MS]));

  async function acquire(): Promise<number | null> {
    const size = range.last - range.first + 1;
    const start = Math.floor(random() * size);
    for (let index = 0; index < Math.min(size, PORT_TRIES_MAX); index++) {
      const port = range.first + ((start + index) % size);
      if ((restUntilMs.get(port) ?? 0) > nowMs()) continue;
      if (!(await isFree(host, port))) continue;
      for (const [known, untilMs] of restUntilMs) if (untilMs <= nowMs()) restUntilMs.delete(known);
      await replaceFile(path, JSON.stringify([...restUntilMs.keys(), port]));
      restUntilMs.set(port, HELD);
      return port;
    }
    return null;
  }

  let last: Promise<unknown> = Promise.resolve();
  return {
    acquire() {
      const turn = last.then(acquire, acquire);
      last = turn.catch(() => undefined);
      return turn;
    },
    hold: (port) => void restUntilMs.set(port, HELD),
    release: (port) => void restUntilMs.set(port, nowMs() + PORT_REST_MS),
  };
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

async function readPorts(path: string): Promise<readonly number[]> {
  try {
    const ports: unknown = JSON.parse((await readFileIfAny(path)) ?? '[]');
    return Array.isArray(ports) ? ports.filter((port): port is number => Number.isInteger(port)) : [];
  } catch {
    return []; // torn by a crash of the machine, after which no proxy remembers a port either
  }
}
