import fc from 'fast-check';
import { ChunkReader, joined } from './http1-chunks.js';
import { parseAnswerHead, parseRequestHead } from './http1-head.js';
import { nodeReading, ownReading } from './testing/two-readings.js';

/** How many messages are tried; more by hand before an engine is changed. */
const MESSAGES = 1_500;

const nasty = fc.constantFrom(
  '\r', '\n', '\r\n', '\n\n', '\r\n\r\n', '\0', '\x0b', ' ', '\t', ':', ',', ';', '/', '#', '\x7f', '\x80', '\xff', '0', '1', 'a', '"', '-', '+',
  'chunked', ', chunked', 'content-length: 3\r\n', 'transfer-encoding: chunked\r\n', 'Transfer-Encoding : chunked\r\n', 'host: y\r\n', ' folded\r\n',
  'HTTP/1.0', 'HTTP/1.1', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', '0\r\n\r\n', ';ext=1', 'connection: close\r\n', 'upgrade: h2c\r\n', 'expect: 100-continue\r\n',
);

const body = fc.string({ maxLength: 12, unit: fc.constantFrom('a', '0', '\r', '\n', '{', ' ') });

const headerLines = fc.array(
  fc.constantFrom('x-custom: one', 'X-Custom:two', 'authorization: Bearer t', 'content-type: application/json', 'accept: */*', 'Connection: keep-alive', 'x-empty:', 'x-tab:\tv\t'),
  { maxLength: 4 },
);

const framed = fc.tuple(body, fc.constantFrom('length', 'chunked', 'none')).map(([text, type]) => {
  if (type === 'length') return `Content-Length: ${text.length}\r\n\r\n${text}`;
  if (type === 'none') return '\r\n';
  return `Transfer-Encoding: chunked\r\n\r\n${text.length > 0 ? `${text.length.toString(16)}\r\n${text}\r\n` : ''}0\r\n\r\n`;
});

const message = fc
  .tuple(fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'DELETE'), fc.constantFrom('/', '/v1/chat/completions', '/a?b=c&d', '/%2e'), headerLines, framed)
  .map(([method, target, lines, rest]) => `${method} ${target} HTTP/1.1\r\nHost: x\r\n${lines.map((line) => `${line}\r\n`).join('')}${rest}`);

type Mutation = { readonly at: number; readonly drop: number; readonly put: string };
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 4 })),
  put: fc.oneof({ weight: 4, arbitrary: nasty }, fc.constant('')),
});

const bytes = fc.tuple(fc.array(message, { minLength: 1, maxLength: 3 }), fc.array(mutation, { maxLength: 3 })).map(([messages, mutations]) => {
  let text = messages.join('');
  for (const { at, drop, put } of mutations) {
    const index = Math.floor(at * text.length);
    text = text.slice(0, index) + put + text.slice(index + drop);
  }
  return Buffer.from(text, 'latin1');
});

/** The same bytes in pieces, cut anywhere. */
function cut(buffer: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const at = [...new Set(cuts.map((one) => Math.floor(one * buffer.length)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => buffer.subarray(start, at[index] ?? buffer.length)).filter(({ length }) => length > 0);
}
const cuts = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 40 });

describe('how our own HTTP/1.1 reads requests', () => {
  it('is how node reads them: the bytes of every request it takes are one whole request to node as well, and the same one', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(bytes, async (buffer) => {
        const { understood, completedBy } = ownReading([...buffer].map((byte) => Buffer.of(byte)));
        let start = 0;
        for (const [index, request] of understood.entries()) {
          const end = (completedBy[index] ?? 0) + 1;
          expect(await nodeReading(buffer.subarray(start, end))).toEqual([request]);
          start = end;
          taken += 1;
        }
      }),
      { numRuns: MESSAGES },
    );
    expect(taken).toBeGreaterThan(MESSAGES / 2);
  });

  it('does not depend on how the bytes are cut into pieces', () => {
    fc.assert(
      fc.property(bytes, cuts, (buffer, where) => {
        expect(ownReading(cut(buffer, where)).understood).toEqual(ownReading([buffer]).understood);
      }),
      { numRuns: MESSAGES },
    );
  });

  it('takes every well-formed request', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), (messages) => {
        const repeatsOnceOnly = messages.some((one) => /authorization[^]*authorization|content-type[^]*content-type/.test(one));
        if (!repeatsOnceOnly) expect(ownReading([Buffer.from(messages.join(''))]).understood).toHaveLength(messages.length);
      }),
    );
  });

  it('takes a head that repeats on a connection, with any length, as it takes it the first time', () => {
    const lines = fc.array(fc.constantFrom('x-custom: one', 'authorization: Bearer t', 'x-content-length: 9', 'X-Custom: content-length: 1'), { maxLength: 4 });
    const bodies = fc.array(fc.string({ maxLength: 12, unit: 'grapheme-ascii' }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(lines, lines, bodies, cuts, (before, after, texts, where) => {
        const authorizations = [...before, ...after].filter((line) => line.startsWith('authorization')).length;
        fc.pre(authorizations < 2);
        const head = (bytes: number): string => ['POST /a HTTP/1.1', 'host: x', ...before, `Content-Length: ${bytes}`, ...after].join('\r\n');
        const messages = texts.map((text) => Buffer.from(`${head(text.length)}\r\n\r\n${text}`));
        const apart = messages.flatMap((one) => ownReading([one]).understood);
        expect(ownReading(cut(Buffer.concat(messages), where)).understood).toEqual(apart);
        expect(apart.map(({ body: text }) => text)).toEqual(texts);
      }),
    );
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (pieces) => {
        ownReading(pieces.map((piece) => Buffer.from(piece)));
        for (const piece of pieces) {
          parseRequestHead(Buffer.from(piece).toString('latin1'), 100);
          parseAnswerHead(Buffer.from(piece).toString('latin1'), 100);
        }
      }),
    );
  });
});

describe('chunks', () => {
  const chunked = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });
  const encode = (chunks: readonly Uint8Array[], extension: string, trailers: string): Buffer =>
    Buffer.concat([
      ...chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`), Buffer.from(chunk), Buffer.from('\r\n')]),
      Buffer.from(`0${extension}\r\n${trailers}\r\n`),
    ]);

  it('are read to exactly their end, however they are cut, with extensions and trailers read over', () => {
    fc.assert(
      fc.property(chunked, fc.constantFrom('', ';a', ';a="b"'), fc.constantFrom('', 'x: y\r\n', 'x: y\r\nz: \r\n'), cuts, (chunks, extension, trailers, where) => {
        const whole = Buffer.concat([encode(chunks, extension, trailers), Buffer.from('NEXT')]);
        const reader = new ChunkReader({ extras: 'dropped' });
        const pieces: Buffer[] = [];
        let left = whole;
        for (const piece of cut(whole, where)) {
          const reading = reader.read(piece, (payload) => pieces.push(payload));
          expect(reading).not.toBe('malformed');
          left = left.subarray(reader.consumed);
          if (reading === 'ended') break;
        }
        expect(joined(pieces)).toEqual(Buffer.concat(chunks));
        expect(left.toString()).toBe('NEXT');
      }),
    );
  });

  it.each(['-1\r\n', '0x1\r\n', '1 \r\n', ' 1\r\n', '\r\n', '1\n', '1\r\nab', '1\r\na\n', 'fffffffff\r\n', '1;\n', 'g\r\n', '0\r\nx: y\n\r\n'])('are malformed as %j', (text) => {
    expect(new ChunkReader({ extras: 'dropped' }).read(Buffer.from(text), () => undefined)).toBe('malformed');
  });
});

describe('the head of an answer', () => {
  it.each([
    ['HTTP/1.1 200 OK\r\ncontent-length: 5', { type: 'length', bytes: 5 }, true],
    ['HTTP/1.1 200\r\nTransfer-Encoding: Chunked', { type: 'chunked' }, true],
    ['HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5', { type: 'length', bytes: 5 }, false],
    ['HTTP/1.1 200 OK\r\nserver: x', { type: 'untilClose' }, false],
    ['HTTP/1.0 200 OK\r\ncontent-length: 5', { type: 'length', bytes: 5 }, false],
    ['HTTP/1.1 204 No Content', { type: 'length', bytes: 0 }, true],
    ['HTTP/1.1 204 No Content\r\ncontent-length: 5', { type: 'length', bytes: 0 }, false],
    ['HTTP/1.1 304 Not Modified\r\ncontent-length: 5', { type: 'length', bytes: 0 }, true],
  ])('%j says how its body ends and whether the connection may be used again', (text, framing, keepAlive) => {
    expect(parseAnswerHead(text, 100)).toMatchObject({ framing, keepAlive });
  });

  it.each(['HTTP/2 200', 'HTTP/1.1 20', 'HTTP/1.1 600 X', 'http/1.1 200 OK', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip', 'HTTP/1.1 200 OK\r\n folded: x', 'HTTP/1.1 200 OK\r\nx y: z', 'HTTP/1.1 200 OK\nx: y'])('%j is doubtful', (text) => {
    expect(parseAnswerHead(text, 100)).toBeNull();
  });
});
