import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A port on which nobody listens now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const ANSWER_LIMIT_MS = 2_000;

/** Whether this address answers a GET with a status below 500, right now. */
export const answers = (url: string): Promise<boolean> => answersBelow(url, 500);

/** Whether it answers that all is well. */
export const answersOk = (url: string): Promise<boolean> => answersBelow(url, 300);

async function answersBelow(url: string, status: number): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    await response.arrayBuffer();
    return response.status < status;
  } catch {
    return false;
  }
}
