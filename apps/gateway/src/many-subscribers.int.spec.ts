import type { ExecutionResult } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { setImmediate } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { startInstance, type Instance } from './fixtures/instance.fixture.js';
import { SIGN_IN, startGatewayOver, type GatewayUnderTest } from './fixtures/many-instances.fixture.js';
import { subscribeBySse, subscribeByWs, type SseSubscriber, type Subscriber } from './fixtures/subscriber.fixture.js';
import { until } from './fixtures/until.fixture.js';
import type { DoorLimits } from './config.js';
import type { SubgraphLimits } from './subgraphs/subgraph-limits.js';

const PLAIN = 'subscription { shipSailed { id name } }';
const JOINED = 'subscription { shipSailed { id name captain } }';
const LARGE = 'subscription { shipSailed { id cargo } }';
const FELL_BEHIND = { message: expect.stringContaining('its reader fell too far behind'), extensions: expect.objectContaining({ code: 'UNAVAILABLE', status: 503 }) };
/** More than any reader may be behind. */
const SHIPS_MAX = 20_000;
const BATCH = 50;
const MINUTES_MS = 120_000;
/** Services and a hundred clients share one process with their gateway: how fast they answer on a busy machine is not the question here. */
const PATIENT: Partial<SubgraphLimits> = { connectTimeoutMs: MINUTES_MS, queryAttemptTimeoutMs: MINUTES_MS, queryTimeoutMs: MINUTES_MS };

const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_unused, index) => String(from + index));
const sailedId = ({ data }: ExecutionResult): string | undefined => (data as { shipSailed?: { id: string } } | null | undefined)?.shipSailed?.id;
const idsOf = ({ told }: Subscriber): (string | undefined)[] => told.map(sailedId);

describe.each(['in-process', 'over HTTP'])('subscribers to a source %s', (shape) => {
  let ships: Instance;
  let crews: Instance;
  let sailed = 0;
  const clients: Client[] = [];
  beforeEach(async () => {
    sailed = 0;
    ships = await startInstance({ service: 'ships', name: 'a' });
    crews = await startInstance({ service: 'crews', name: 'a' });
  });
  afterEach(async () => {
    clients.splice(0).forEach((client) => client.terminate());
    await Promise.all([ships.close(), crews.close()]);
  });

  const startGateway = (door: Partial<DoorLimits> = {}): Promise<GatewayUnderTest> => {
    const remote = [{ name: 'ships', urls: [ships.url] }, { name: 'crews', urls: [crews.url] }];
    return startGatewayOver(shape === 'in-process' ? 'in-process' : remote, { door, limits: PATIENT });
  };
  const wsClient = ({ gateway }: GatewayUnderTest): Client => {
    const url = `${gateway.url.replace('http', 'ws')}/graphql`;
    const client = createClient({ url, webSocketImpl: WebSocket, connectionParams: { authorization: SIGN_IN }, retryAttempts: 0 });
    clients.push(client);
    return client;
  };
  const sail = (to: number): void => {
    for (; sailed < to; sailed += 1) ships.sail(String(sailed));
  };
  /** One after another: between them this process reads, writes and answers the door's pings. */
  const sailOneByOne = async (to: number): Promise<void> => {
    for (; sailed < to; await setImmediate()) sail(sailed + 1);
  };
  const watched = (count: number): Promise<void> => until(() => ships.watcherCount() === count);
  /** Until the source has let go of all but so many, while `quick` keeps up. Returns how many ships have sailed. */
  const sailUntilLetGo = async (left: number, quick: Subscriber): Promise<number> => {
    while (ships.watcherCount() > left && sailed < SHIPS_MAX) {
      sail(sailed + BATCH);
      await until(() => quick.told.length === sailed);
    }
    await watched(left);
    return sailed;
  };

  it('a hundred of them, over SSE and WebSocket, get each change once and in order, whoever else leaves, comes back or stops reading for a while', async () => {
    await using over = await startGateway();
    const sockets = Array.from({ length: 8 }, () => wsClient(over));
    const opened = (index: number): Promise<Subscriber> | Subscriber => {
      const query = index % 10 === 0 ? JOINED : PLAIN;
      return index % 5 < 3 ? subscribeBySse(over, query) : subscribeByWs(sockets[index % sockets.length]!, query);
    };
    // One after another: how many may be opened at the same time, and how long that may take, is not the question here.
    const open = async (count: number): Promise<Subscriber[]> => {
      const subscribers: Subscriber[] = [];
      for (const before = ships.watcherCount(); subscribers.length < count; await watched(before + subscribers.length)) subscribers.push(await opened(subscribers.length));
      return subscribers;
    };
    const all = await open(100);
    const slow = all.filter((one, index): one is SseSubscriber => index % 7 === 0 && 'readOn' in one);
    slow.forEach((one) => one.stopReading());
    await sailOneByOne(10);
    const leavers = all.filter((_one, index) => index % 4 === 1);
    leavers.forEach((one) => one.leave());
    await watched(75);
    await sailOneByOne(20);
    const returned = await open(leavers.length);
    slow.forEach((one) => one.readOn());
    await sailOneByOne(35);

    const stayed = all.filter((one) => !leavers.includes(one));
    await until(() => stayed.every(({ told }) => told.length >= 35) && returned.every(({ told }) => told.length >= 15));
    for (const one of stayed) expect(idsOf(one)).toEqual(ids(0, 35));
    for (const one of returned) expect(idsOf(one)).toEqual(ids(20, 35));
    for (const one of leavers) expect(idsOf(one)).toEqual(ids(0, one.told.length));
    expect(all[0]!.told[34]).toEqual({ data: { shipSailed: { id: '34', name: 'ship 34', captain: 'captain of 34' } } });

    for (const one of [...stayed, ...returned]) one.leave();
    await until(() => ships.watcherCount() === 0 && over.gateway.subscriptionCount() === 0);
    expect(over.lines('subgraph.unavailable')).toEqual([]);
  });

  it('tells one over SSE that is too slow that it was, after what came before without a gap, and lets go of the source', async () => {
    await using over = await startGateway();
    const quick = await subscribeBySse(over, PLAIN);
    const slow = await subscribeBySse(over, LARGE);
    await watched(2);
    slow.stopReading();
    const total = await sailUntilLetGo(1, quick);
    slow.readOn();
    expect(await slow.ended).toBe('complete');
    const count = slow.told.length - 1;
    expect(idsOf(slow).slice(0, -1)).toEqual(ids(0, count));
    expect(count).toBeLessThan(total);
    expect(slow.told.at(-1)?.errors).toEqual([expect.objectContaining(FELL_BEHIND)]);
    expect(idsOf(quick)).toEqual(ids(0, total));
    quick.leave();
    await until(() => ships.watcherCount() === 0 && over.gateway.subscriptionCount() === 0);
    expect(over.lines('subgraph.unavailable')).toEqual([]);
  });

  it('tells one over WebSocket that is too slow the same', async () => {
    await using over = await startGateway();
    const quick = await subscribeBySse(over, PLAIN);
    let socket: WebSocket | null = null;
    const client = wsClient(over);
    client.on('connected', (opened) => void (socket = opened as WebSocket));
    const slow = subscribeByWs(client, LARGE);
    await watched(2);
    socket!.pause();
    const total = await sailUntilLetGo(1, quick);
    socket!.resume();
    expect(await slow.ended).toBe('complete');
    const count = slow.told.length - 1;
    expect(idsOf(slow).slice(0, -1)).toEqual(ids(0, count));
    expect(count).toBeLessThan(total);
    expect(slow.told.at(-1)?.errors).toEqual([expect.objectContaining(FELL_BEHIND)]);
    quick.leave();
    await until(() => ships.watcherCount() === 0 && over.gateway.subscriptionCount() === 0);
  });

  it('one that takes nothing at all any more is cut off, and holds nothing open', async () => {
    await using over = await startGateway({ stallTimeoutMs: 500 });
    const quick = await subscribeBySse(over, PLAIN);
    const stuck = await subscribeBySse(over, LARGE);
    await watched(2);
    stuck.stopReading();
    await sailUntilLetGo(1, quick);
    await until(() => over.gateway.subscriptionCount() === 1);
    stuck.readOn();
    expect(await stuck.ended).toBe('cut');
    quick.leave();
    await until(() => over.gateway.subscriptionCount() === 0);
  });
});
