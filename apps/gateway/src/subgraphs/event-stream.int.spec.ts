import type { ExecutionResult } from 'graphql';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../fixtures/until.fixture.js';
import { resultsOf } from './event-stream.js';

let server: Server;
afterEach(() => new Promise<void>((resolve) => (server.closeAllConnections(), server.close(() => resolve()))));

/** The results of a stream that `write` writes. */
async function streamOf(write: (response: ServerResponse) => void, limits: { silenceMaxMs?: number; eventCharsMax?: number } = {}): Promise<AsyncIterableIterator<ExecutionResult>> {
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    write(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const message = await new Promise<IncomingMessage>((resolve) => get(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, resolve));
  return resultsOf(message, { silenceMaxMs: 10_000, eventCharsMax: 1_000, broken: (reason) => ({ data: { broken: reason } }), ...limits });
}
const told = async (results: AsyncIterableIterator<ExecutionResult>): Promise<unknown[]> => (await Array.fromAsync(results)).map(({ data }) => data);
const event = (data: object): string => `event: next\ndata: ${JSON.stringify({ data })}\n\n`;

describe('a stream of results', () => {
  it('holds every event, however its bytes are cut, and completes when it says so', async () => {
    const text = `:\n\n${event({ ship: 'Smørrebrød ⛵' })}: a remark\r\n\r\n${event({ n: 2 }).replaceAll('\n', '\r\n')}event: complete\ndata:\n\n${event({ after: true })}`;
    const results = await streamOf((response) => {
      const bytes = Buffer.from(text);
      const next = (at: number): void => {
        if (at >= bytes.length) return void response.end();
        response.write(bytes.subarray(at, at + 1), () => next(at + 1));
      };
      next(0);
    });
    expect(await told(results)).toEqual([{ ship: 'Smørrebrød ⛵' }, { n: 2 }]);
  });

  it('joins the lines of one event', async () => {
    const results = await streamOf((response) => void response.end('event: next\ndata: {"data":\ndata: {"n":1}}\n\nevent: complete\n\n'));
    expect(await told(results)).toEqual([{ n: 1 }]);
  });

  it('says when it ended without having said so', async () => {
    expect(await told(await streamOf((response) => void response.end(event({ n: 1 }))))).toEqual([{ n: 1 }, { broken: 'the stream ended before it was complete' }]);
  });

  it('says when it was cut', async () => {
    const results = await streamOf((response) => void response.write(event({ n: 1 }), () => response.destroy()));
    expect(await told(results)).toEqual([{ n: 1 }, { broken: 'aborted' }]);
  });

  it('says when nothing has come for too long', async () => {
    const results = await streamOf((response) => void response.write(event({ n: 1 })), { silenceMaxMs: 1_000 });
    expect(await told(results)).toEqual([{ n: 1 }, { broken: 'nothing within 1000 ms' }]);
  });

  it('hears what came while this process was held up for longer than a source may be silent', async () => {
    let more = (): void => undefined;
    const results = await streamOf((response) => (response.write(event({ n: 1 })), (more = () => void response.end(`${event({ n: 2 })}event: complete\n\n`))), { silenceMaxMs: 100 });
    expect((await results.next()).value).toEqual({ data: { n: 1 } });
    const waiting = results.next();
    more();
    for (const beganMs = performance.now(); performance.now() - beganMs < 300; );
    expect((await waiting).value).toEqual({ data: { n: 2 } });
    expect(await results.next()).toEqual({ value: undefined, done: true });
  });

  it.each([
    ['is larger than allowed', event({ large: 'x'.repeat(2_000) }), 'an event of more than 1000 characters'],
    ['never ends', `data: ${'x'.repeat(5_000)}`, 'an event of more than 1000 characters'],
    ['is no result', 'data: {"what":1}\n\n', 'an event that is no GraphQL result'],
    ['is no JSON', 'data: <html>\n\n', 'an event that is no GraphQL result'],
  ])('ends at an event that %s', async (_name, text, broken) => {
    expect(await told(await streamOf((response) => void response.write(text)))).toEqual([{ broken }]);
  });

  it('leaves at its source what nobody asks for yet, and loses nothing of it', async () => {
    const cargo = 'x'.repeat(64 * 1024);
    const count = 2_000;
    let written = 0;
    let isHeld = false;
    const results = await streamOf(
      (response) => {
        const more = (): void => {
          for (isHeld = false; written < count && !isHeld; written += 1) isHeld = !response.write(event({ n: written, cargo }));
          if (written === count) response.end('event: complete\n\n');
        };
        response.on('drain', more);
        more();
      },
      { eventCharsMax: 100_000 },
    );
    const seen: unknown[] = [(await results.next()).value?.data?.['n']];
    // What the sockets between hold, which is far from all.
    let before = -1;
    while (before !== written || !isHeld) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(written).toBeLessThan(count / 2);
    for await (const { data } of results) seen.push(data?.['n']);
    expect(seen).toEqual(Array.from({ length: count }, (_unused, index) => index));
  });

  it('is not taken for silent while nobody asks for more of it', async () => {
    let signs = 0;
    const results = await streamOf(
      (response) => {
        response.write(event({ n: 1 }) + event({ n: 2 }));
        const sign = (): void => void response.write((signs += 1) === 30 ? event({ n: 3 }) : ':\n\n');
        const timer = setInterval(sign, 100);
        response.once('close', () => clearInterval(timer));
      },
      { silenceMaxMs: 2_000 },
    );
    expect((await results.next()).value).toEqual({ data: { n: 1 } });
    await until(() => signs >= 30);
    expect((await results.next()).value).toEqual({ data: { n: 2 } });
    expect((await results.next()).value).toEqual({ data: { n: 3 } });
    await results.return?.();
  });

  it('is over once it is complete, whatever happens to its connection then', async () => {
    let broken = 0;
    server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`${event({ n: 1 })}event: complete\n\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const message = await new Promise<IncomingMessage>((resolve) => get(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, resolve));
    const closed = new Promise((resolve) => message.once('close', resolve));
    const results = resultsOf(message, { silenceMaxMs: 10_000, eventCharsMax: 1_000, broken: () => ({ data: { broken: (broken += 1) } }) });
    expect(await told(results)).toEqual([{ n: 1 }]);
    await closed;
    expect(broken).toBe(0);
  });

  it('closes its connection when nobody wants it any more', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const results = await streamOf((response) => {
      closed = new Promise((resolve) => response.once('close', resolve));
      response.write(event({ n: 1 }));
    });
    await results.next();
    const waiting = results.next();
    await results.return?.();
    await closed;
    expect(await waiting).toEqual({ value: undefined, done: true });
  });
});
