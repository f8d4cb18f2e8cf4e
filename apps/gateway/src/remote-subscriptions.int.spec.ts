import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startInstance, type Instance } from './fixtures/instance.fixture.js';
import { startInstanceProcess } from './fixtures/instance-process.fixture.js';
import { SIGN_IN, startGatewayOver, type GatewayUnderTest } from './fixtures/many-instances.fixture.js';
import { PROCESSES_TIMEOUT_MS, until } from './fixtures/until.fixture.js';

const SAILED = 'subscription { shipSailed { id name } }';
const ships = (...of: readonly { readonly url: string }[]) => [{ name: 'ships', urls: of.map(({ url }) => url) }];
const brokenOff = { errors: [{ extensions: { code: 'UNAVAILABLE', status: 503, fields: { what: 'service ships' } } }] };

type Subscription = { readonly results: AsyncIterableIterator<unknown>; leave(): void };

const overSse = ({ gateway }: GatewayUnderTest): Subscription => {
  const client = createSseClient({ url: `${gateway.url}/graphql`, headers: { authorization: SIGN_IN }, retryAttempts: 0 });
  return { results: client.iterate({ query: SAILED }), leave: () => client.dispose() };
};
const overWs = ({ gateway }: GatewayUnderTest): Subscription => {
  const client = createWsClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: SIGN_IN },
    retryAttempts: 0,
  });
  return { results: client.iterate({ query: SAILED }), leave: () => client.terminate() };
};

describe.each([
  ['SSE', overSse],
  ['graphql-ws', overWs],
])('a subscription over %s whose source is one of many instances', (_name, open) => {
  let [a, b]: Instance[] = [];
  beforeEach(async () => void ([a, b] = [await startInstance({ service: 'ships', name: 'a' }), await startInstance({ service: 'ships', name: 'b' })]));
  afterEach(() => Promise.all([a!.close(), b!.close()]));

  it('delivers every event once and in order', async () => {
    await using over = await startGatewayOver(ships(a!));
    const { results, leave } = open(over);
    const first = results.next();
    await until(() => a!.watcherCount() === 1);
    const ids = Array.from({ length: 200 }, (_unused, index) => String(index));
    for (const id of ids) a!.sail(id);
    const got = [(await first).value];
    while (got.length < ids.length) got.push((await results.next()).value);
    expect(got).toEqual(ids.map((id) => ({ data: { shipSailed: { id, name: `ship ${id}` } } })));
    leave();
    await until(() => a!.watcherCount() === 0);
  });

  it('closes the connection to the source when the client leaves, though no event comes', async () => {
    await using over = await startGatewayOver(ships(a!));
    const { results, leave } = open(over);
    results.next().catch(() => undefined);
    await until(() => a!.watcherCount() === 1);
    leave();
    await until(() => a!.watcherCount() === 0 && over.gateway.subscriptionCount() === 0);
    expect(over.lines('subgraph.unavailable')).toEqual([]);
  });

  it('opens at another instance when one is gone', async () => {
    await using over = await startGatewayOver(ships(a!, b!));
    await a!.close();
    for (let opened = 0; opened < 3; opened += 1) {
      const { results, leave } = open(over);
      const first = results.next();
      await until(() => b!.watcherCount() === 1);
      b!.sail('x');
      expect((await first).value).toMatchObject({ data: { shipSailed: { id: 'x' } } });
      leave();
      await until(() => b!.watcherCount() === 0);
    }
  });

  it('ends with an error that says so when its source is killed, because events may be missed, and is had again at once', async () => {
    await using source = await startInstanceProcess({ service: 'ships', name: 'killed' });
    await using over = await startGatewayOver(ships(source));
    const { results, leave } = open(over);
    const first = results.next();
    const sailing = setInterval(() => source.sail('x'), 5);
    expect((await first).value).toMatchObject({ data: { shipSailed: { id: 'x' } } });
    clearInterval(sailing);
    await source.kill();
    const last = [];
    for await (const result of { [Symbol.asyncIterator]: () => results }) last.push(result);
    expect(last.at(-1)).toMatchObject(brokenOff);
    expect(over.lines('subgraph.unavailable')).toHaveLength(1);
    expect(over.gateway.subscriptionCount()).toBe(0);
    leave();
  }, PROCESSES_TIMEOUT_MS);

  it('ends the same way when its source closes in order', async () => {
    await using over = await startGatewayOver(ships(a!, b!));
    const { results, leave } = open(over);
    const first = results.next();
    await until(() => a!.watcherCount() + b!.watcherCount() === 1);
    const [source, other] = a!.watcherCount() === 1 ? [a!, b!] : [b!, a!];
    await source.close();
    expect((await first).value).toMatchObject(brokenOff);
    expect(await results.next()).toMatchObject({ done: true });
    const again = open(over);
    const next = again.results.next();
    await until(() => other.watcherCount() === 1);
    other.sail('y');
    expect((await next).value).toMatchObject({ data: { shipSailed: { id: 'y' } } });
    leave();
    again.leave();
    await until(() => other.watcherCount() === 0);
  });

  it('ends the same way when its source falls silent, signs of life included', async () => {
    await using source = await startInstanceProcess({ service: 'ships', name: 'stopped' });
    await using over = await startGatewayOver(ships(source), { limits: { silenceMaxMs: 3_000 } });
    const { results, leave } = open(over);
    const first = results.next();
    await until(() => over.gateway.subscriptionCount() === 1);
    const sailing = setInterval(() => source.sail('x'), 5);
    await first;
    clearInterval(sailing);
    source.child.kill('SIGSTOP');
    let last: IteratorResult<unknown, unknown> | undefined;
    for (let step = await results.next(); step.done !== true; step = await results.next()) last = step;
    expect(last?.value).toMatchObject(brokenOff);
    leave();
  }, PROCESSES_TIMEOUT_MS);
});

describe('a subscription that has nothing to tell', () => {
  it('sends signs of life to its client, and gets some from its source', async () => {
    const source = await startInstance({ service: 'ships', name: 'a' });
    await using over = await startGatewayOver(ships(source), { limits: { silenceMaxMs: 3_000 } });
    const left = new AbortController();
    const response = await over.post(SAILED, { accept: 'text/event-stream' }, left.signal);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    // Longer than its source may be silent: only signs of life from there keep it open.
    let signs = 0;
    while (signs < 12) signs += ((await reader.read()).value ?? '').split(':\n\n').length - 1;
    source.sail('late');
    let text = '';
    while (!text.includes('late')) text += (await reader.read()).value ?? '';
    expect(text).toContain('ship late');
    left.abort();
    await until(() => source.watcherCount() === 0);
    await source.close();
  });
});
