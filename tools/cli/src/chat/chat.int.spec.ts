import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { CliUnderTest, type Settings } from '../fixtures/cli-under-test.js';
import { PlatformDouble, TOKEN } from '../fixtures/platform-double.js';
import { smallDeployment } from '../fixtures/small-deployment.js';

type Asked = { readonly model: string; readonly messages: readonly { readonly role: string; readonly content: string }[]; readonly max_tokens?: number };

let platform: PlatformDouble;
let cli: CliUnderTest;
let endpoint: Server;
let asked: { readonly token: string | undefined; readonly body: Asked }[];
let refusesWith: number | null;

beforeEach(async () => {
  [asked, refusesWith] = [[], null];
  endpoint = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      asked.push({ token: request.headers.authorization, body });
      if (refusesWith !== null) {
        response.writeHead(refusesWith, { 'content-type': 'application/json' });
        return response.end(JSON.stringify({ error: { message: 'no', type: 'invalid_request_error', code: 'model_not_found', param: null } }));
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const content of ['Once ', 'upon\u001b[2J ', 'a time']) response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`);
      return response.end('data: [DONE]\n\n');
    });
  }).listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  platform = await PlatformDouble.start();
  platform.deployments = [{ ...smallDeployment(), endpointUrl: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/v1` }];
  platform.mutations['createAccessToken'] = () => ({ accessToken: { id: 't1', token: 'sk-made', expiresAt: null } });
  platform.mutations['deleteAccessToken'] = () => ({ deletedId: 't1', acknowledgedProxies: [], missingProxies: [] });
  cli = new CliUnderTest();
});
afterEach(async () => {
  cli[Symbol.dispose]();
  endpoint.closeAllConnections();
  endpoint.close();
  await platform[Symbol.asyncDispose]();
});

const bodyOf = async (request: IncomingMessage): Promise<Asked> => (await json(request)) as Asked;
const run = (argv: readonly string[], settings: Settings = {}) => cli.run(argv, { ...settings, config: { url: platform.url, token: TOKEN, ...settings.config } });
const changes = () => [...platform.changes.values()].map(({ field }) => field);

it('streams one answer, with a token that is made for it and deleted afterwards', async () => {
  const ran = await run(['chat', 'tiny', 'Tell', 'me', '--max-tokens', '5', '--system', 'Be brief']);
  expect(ran).toMatchObject({ exitCode: 0, out: 'Once upon[2J a time\n', err: '' });
  const messages = [{ role: 'system', content: 'Be brief' }, { role: 'user', content: 'Tell me' }];
  expect(asked).toEqual([{ token: 'Bearer sk-made', body: { model: 'default/tiny', messages, stream: true, max_tokens: 5 } }]);
  expect(changes()).toEqual(['createAccessToken', 'deleteAccessToken']);
});

it('gives programs the whole answer, and takes question and token from elsewhere', async () => {
  const ran = await run(['chat', 'tiny', '-', '-o', 'json'], { input: 'Tell me', config: { accessToken: 'sk-mine' } });
  expect(JSON.parse(ran.out)).toMatchObject({ model: 'default/tiny', answer: 'Once upon\u001b[2J a time' });
  expect(asked[0]?.token).toBe('Bearer sk-mine');
  expect(changes()).toEqual([]);
});

it('holds a conversation that remembers what was said', async () => {
  const ran = await run(['chat', 'tiny'], { answers: ['One', 'Two', ''] });
  expect(ran.exitCode).toBe(0);
  expect(asked.map(({ body }) => body.messages.map(({ role }) => role))).toEqual([['user'], ['user', 'assistant', 'user']]);
  expect(await run(['chat', 'tiny'])).toMatchObject({ exitCode: 2 });
});

it('tells what the endpoint refuses, and leaves no token behind', async () => {
  refusesWith = 404;
  const ran = await run(['chat', 'tiny', 'Hello']);
  expect(ran).toMatchObject({ exitCode: 1, err: expect.stringContaining('model_not_found: no') });
  expect(changes()).toEqual(['createAccessToken', 'deleteAccessToken']);
  refusesWith = 401;
  expect(await run(['chat', 'tiny', 'Hello'])).toMatchObject({ exitCode: 4 });
});
