import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { harbour } from './fixtures/fleet.fixture.js';
import { shapes, startFleet, TOKEN, type Fleet } from './fixtures/running-gateway.fixture.js';
import { until } from './fixtures/until.fixture.js';

const JOINED = 'subscription { shipSailed { id name crew { name } } }';

describe('operations on one WebSocket', () => {
  it('are refused one over the limit, and accepted again when others have ended', async () => {
    const fleet = await startFleet('in-process', { door: { operationsPerConnectionMax: 2 } });
    const client = wsClient(fleet);
    let release = (): void => undefined;
    harbour.release = new Promise((resolve) => (release = resolve));
    const slow = [client.iterate({ query: '{ slow }' }).next(), client.iterate({ query: '{ slow }' }).next()];
    await expect(client.iterate({ query: '{ sailorCount }' }).next()).rejects.toMatchObject([
      { extensions: { code: 'QUERY_TOO_COMPLEX', fields: { limitName: 'operationsPerConnectionMax', max: 2 } } },
    ]);
    release();
    expect((await Promise.all(slow)).map(({ value }) => value)).toEqual([{ data: { slow: 'done' } }, { data: { slow: 'done' } }]);
    expect((await client.iterate({ query: '{ sailorCount }' }).next()).value).toEqual({ data: { sailorCount: 42 } });
    await client.dispose();
    await fleet.close();
  });
});

describe.each(shapes)('subscriptions through the gateway, subgraphs %s', (shape) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet(shape, { door: { subscriptionsMax: 3, subscriptionsPerConnectionMax: 2 } });
  });
  afterEach(async () => {
    await fleet.close();
    await until(() => harbour.watchers.size === 0);
  });

  const overSse = (abort: AbortController): AsyncIterableIterator<unknown> => {
    const client = createSseClient({ url: `${fleet.gateway.url}/graphql`, headers: { authorization: `Bearer ${TOKEN}` }, retryAttempts: 0 });
    const results = client.iterate({ query: JOINED });
    abort.signal.addEventListener('abort', () => client.dispose());
    return results;
  };

  const overWs = (abort: AbortController): AsyncIterableIterator<unknown> => {
    const client = wsClient(fleet);
    abort.signal.addEventListener('abort', () => client.terminate());
    return client.iterate({ query: JOINED });
  };

  describe.each([
    ['SSE', overSse],
    ['graphql-ws', overWs],
  ])('over %s', (_name, open) => {
    it('delivers events, each joined with fields of another service', async () => {
      const abort = new AbortController();
      const results = open(abort);
      const first = results.next();
      await until(() => harbour.watchers.size === 1);
      harbour.sail('a');
      expect((await first).value).toEqual({ data: { shipSailed: { id: 'a', name: 'ship a', crew: [{ name: 'captain of a' }] } } });
      harbour.sail('b');
      expect((await results.next()).value).toMatchObject({ data: { shipSailed: { id: 'b' } } });
      abort.abort();
      await until(() => harbour.watchers.size === 0 && fleet.gateway.subscriptionCount() === 0);
    });

    it('lets go of the source at once when the client leaves, though no event comes', async () => {
      const abort = new AbortController();
      const results = open(abort);
      results.next().catch(() => undefined);
      await until(() => harbour.watchers.size === 1);
      abort.abort();
      await until(() => harbour.watchers.size === 0);
    });

    it('completes when the gateway closes', async () => {
      const abort = new AbortController();
      const results = open(abort);
      const first = results.next();
      await until(() => harbour.watchers.size === 1);
      harbour.sail('a');
      await first;
      const second = results.next();
      const closed = fleet.gateway.close();
      expect(await second).toMatchObject({ done: true });
      abort.abort();
      await closed;
      await until(() => harbour.watchers.size === 0);
    });

    it('does not keep the gateway from closing while it opens', async () => {
      const abort = new AbortController();
      const results = open(abort);
      const first = results.next().catch((error: unknown) => error);
      await until(() => fleet.gateway.subscriptionCount() === 1);
      await fleet.gateway.close();
      await first;
      abort.abort();
      await until(() => harbour.watchers.size === 0);
    });

    it('reports an error of a joined service as INTERNAL and goes on', async () => {
      const abort = new AbortController();
      const results = open(abort);
      const first = results.next();
      await until(() => harbour.watchers.size === 1);
      harbour.sail('mutiny');
      const { value } = await first;
      expect(JSON.stringify(value)).not.toContain('cabin 7');
      expect(value).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL', status: 500 } }] });
      harbour.sail('b');
      expect((await results.next()).value).toMatchObject({ data: { shipSailed: { id: 'b' } } });
      abort.abort();
      await until(() => harbour.watchers.size === 0);
    });
  });

  it('lets a WebSocket client unsubscribe and keep its connection', async () => {
    const client = wsClient(fleet);
    const results = client.iterate({ query: JOINED });
    void results.next();
    await until(() => harbour.watchers.size === 1);
    await results.return?.();
    await until(() => harbour.watchers.size === 0);
    expect((await client.iterate({ query: '{ sailorCount }' }).next()).value).toEqual({ data: { sailorCount: 42 } });
    await client.dispose();
  });

  it('gives WebSocket clients a close frame when it closes', async () => {
    const socket = new WebSocket(`${fleet.gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const code = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('open', resolve));
    await fleet.gateway.close();
    expect(await code).toBe(1001);
  });

  it('refuses one subscription more than a connection may hold, and one more than all may hold', async () => {
    const [one, two] = [wsClient(fleet), wsClient(fleet)];
    const hold = async (client: Client, count: number): Promise<void> => {
      client.iterate({ query: JOINED }).next().catch(() => undefined);
      await until(() => harbour.watchers.size === count);
    };
    await hold(one, 1);
    await hold(one, 2);
    expect((await one.iterate({ query: JOINED }).next()).value).toMatchObject({
      errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX', fields: { limitName: 'subscriptionsPerConnectionMax', max: 2 } } }],
    });
    await hold(two, 3);
    expect((await two.iterate({ query: JOINED }).next()).value).toMatchObject({
      errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX', fields: { limitName: 'subscriptionsMax', max: 3 } } }],
    });
    const sse = await fleet.post({ query: JOINED }, { accept: 'text/event-stream' });
    expect(await sse.text()).toContain('subscriptionsMax');
    one.terminate();
    await until(() => harbour.watchers.size === 1);
    await hold(two, 2);
    two.terminate();
    await until(() => harbour.watchers.size === 0 && fleet.gateway.subscriptionCount() === 0);
  });
});

function wsClient(fleet: Fleet): Client {
  return createWsClient({
    url: `${fleet.gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${TOKEN}` },
    retryAttempts: 0,
  });
}
