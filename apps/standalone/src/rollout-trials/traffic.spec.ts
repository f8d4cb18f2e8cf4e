import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Traffic, type Answer } from './traffic.js';

const CLIENTS = 8;
const WHOLE = 'data: {"choices":[{"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

/** What clients make of a server that answers so; each client asks at least once. */
async function answersOf(answer: (response: http.ServerResponse, isStream: boolean) => void): Promise<readonly Answer[]> {
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => answer(response, (JSON.parse(body) as { stream: boolean }).stream));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const traffic = new Traffic({ ports: [port], token: 't', model: 'm', clients: CLIENTS, longTokens: 8 });
  await traffic.stop();
  server.close();
  return traffic.answers;
}

const ends = (answers: readonly Answer[]): readonly string[] => [...new Set(answers.map(({ end }) => end))];

describe('the clients of a trial', () => {
  it('take for whole what says why it ended, and a stream that also says that it is done; half of them stream', async () => {
    const answers = await answersOf((response, isStream) => response.setHeader('x-revision-id', 'r1').end(isStream ? WHOLE : '{"choices":[{"finish_reason":"length"}]}'));
    expect(ends(answers)).toEqual(['whole']);
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['long', 'short', 'short', 'short', 'short', 'stream', 'stream', 'stream']);
    expect(answers[0]).toMatchObject({ status: 200, revisionId: 'r1', detail: null });
  });

  it('notice a stream without its end, and an answer whose connection broke in its middle', async () => {
    const answers = await answersOf((response, isStream) => {
      if (isStream) return void response.end('data: {"choices":[{"finish_reason":null}]}\n\n');
      response.writeHead(200, { 'content-length': '100' }).write('{"choices":', () => response.destroy());
    });
    expect(ends(answers)).toEqual(['cut']);
  });

  it.each([
    ['an error', (response: http.ServerResponse): void => void response.writeHead(503, { 'x-revision-id': 'r2' }).end('no replica'), { status: 503, revisionId: 'r2' }],
    ['no answer at all', (response: http.ServerResponse): void => void response.destroy(), { status: null, revisionId: null }],
    ['an error in the stream', (response: http.ServerResponse): void => void response.end('data: {"error":{"message":"no"}}\n\n'), { status: 200 }],
  ])('count %s as failed', async (_what, answer, expected) => {
    const answers = await answersOf(answer);
    expect(ends(answers)).toEqual(['failed']);
    expect(answers[0]).toMatchObject(expected);
  });
});
