import { RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { Fact } from '@slipway/contracts';
import { BusSetupError, BusUnreachableError, BusVersionError } from '../bus-errors.js';
import type { Bus, FactsOptions } from '../bus.js';
import { markOf, sampleFacts } from '../conformance/sample-facts.js';
import { waitFor } from '../conformance/wait-for.js';
import { describeWithNats, NatsLab } from '../testing/nats-lab.js';
import { openNatsBus } from './nats-bus.js';
import { byHand, publishByHand, startConfiguredServer, startServerOfVersion } from './testing/nats-admin.js';

const STREAM = 'slipway-facts';

/** Reads until the test is over. */
function collect(bus: Bus, options: Partial<FactsOptions> = {}): Fact[] {
  const facts: Fact[] = [];
  void (async () => {
    for await (const fact of bus.facts({ durable: 'reader', ...options })) facts.push(fact);
  })();
  return facts;
}

describeWithNats('a NATS bus whose server fails', () => {
  it('opens without a server, says so, and works once there is one', async () => {
    await using lab = await NatsLab.start();
    await lab.server.stop();
    const bus = await lab.bus({ waitMs: 500 });
    const received = collect(bus);
    await expect(bus.publishFacts(sampleFacts(1), null)).rejects.toThrow(BusUnreachableError);
    await expect(bus.lastFact()).rejects.toThrow(/^NATS does not answer: [^\n]*127\.0\.0\.1:/);
    expect(bus.status().connected).toBe(false);
    await lab.server.start();
    await waitFor('the connection', () => bus.status().connected);
    await bus.publishFacts(sampleFacts(3), null);
    await waitFor('the facts', () => received.length === 3);
  });

  it('gives every reader every fact, once, over kills of the server', async () => {
    await using lab = await NatsLab.start();
    const bus = await lab.connectedBus();
    const received = collect(await lab.bus());
    const facts = sampleFacts(300);
    for (let kill = 0; kill < 3; kill++) {
      for (let last = await lastOf(bus); last !== facts[kill * 100 + 99]?.id; last = await lastOf(bus)) {
        const from = facts.findIndex(({ id }) => id === last) + 1;
        await bus.publishFacts(facts.slice(from, kill * 100 + 100), last === undefined ? null : { id: last });
      }
      if (kill === 1) await waitFor('the first', () => received.length === 200);
      await lab.server.kill();
      await waitFor('the loss', () => !bus.status().connected);
      await lab.server.start();
      await waitFor('the return', () => bus.status().connected);
    }
    await waitFor('all', () => received.length === 300);
    expect(received).toEqual(facts);
  });

  it('publishes after a restart that the server has forgotten the last message id at', async () => {
    await using lab = await NatsLab.start();
    const bus = await lab.connectedBus({ stream: { duplicateWindowMs: 100 } });
    const facts = sampleFacts(6);
    await bus.publishFacts(facts.slice(0, 3), null);
    await new Promise((resolve) => setTimeout(resolve, 150)); // the window itself is what is tested
    await lab.server.stop();
    await lab.server.start();
    await waitFor('the return', () => bus.status().connected);
    expect(await bus.publishFacts(facts.slice(3, 4), facts[2]!)).toEqual({ published: 1 });
    expect(await bus.publishFacts(facts.slice(4), facts[3]!)).toEqual({ published: 2 });
    expect(await bus.publishFacts(facts.slice(1, 3), facts[0]!)).toMatchObject({ outOfStep: { lastFact: markOf(facts[5]!) } });
  });

  it('notices a server that is there and silent', async () => {
    await using lab = await NatsLab.start();
    const bus = await lab.connectedBus();
    lab.server.pause();
    await waitFor('the silence', () => !bus.status().connected);
    lab.server.resume();
    await waitFor('the return', () => bus.status().connected);
    expect(await bus.publishFacts(sampleFacts(1), null)).toEqual({ published: 1 });
  });
});

describeWithNats('a NATS stream somebody altered by hand', () => {
  it('is purged: the facts are published again in earnest, although the server remembers their ids', async () => {
    await using lab = await NatsLab.start();
    const bus = await lab.connectedBus();
    const facts = sampleFacts(20);
    await bus.publishFacts(facts, null);
    await byHand(lab.server.url, (jsm) => jsm.streams.purge(STREAM));
    expect(await bus.lastFact()).toBeNull();
    expect(await bus.publishFacts(facts.slice(0, 15), null)).toEqual({ published: 15 });
    expect(await bus.publishFacts(facts.slice(15), facts[14]!)).toEqual({ published: 5 });
    const received = collect(bus);
    await waitFor('the facts', () => received.length === 20);
    expect(received).toEqual(facts);
  });

  it('is deleted: it is made anew, publisher and reader go on, and it is said', async () => {
    await using lab = await NatsLab.start();
    const bus = await lab.connectedBus();
    const received = collect(bus);
    const facts = sampleFacts(6);
    await bus.publishFacts(facts.slice(0, 3), null);
    await waitFor('the first', () => received.length === 3);
    await byHand(lab.server.url, (jsm) => jsm.streams.delete(STREAM));
    expect(await bus.publishFacts(facts.slice(3), facts[2]!)).toEqual({ outOfStep: { published: 0, lastFact: null } });
    expect(await bus.publishFacts(facts, null)).toEqual({ published: 6 });
    await waitFor('the others', () => received.length === 6);
    expect(received).toEqual(facts);
    expect(lab.notices).toContain(`the NATS stream ${STREAM} was gone; it is made anew`);
  });

  it('lost a consumer: the reader makes it anew', async () => {
    await using lab = await NatsLab.start();
    const bus = await lab.connectedBus();
    const received = collect(bus);
    const facts = sampleFacts(4);
    await bus.publishFacts(facts.slice(0, 2), null);
    await waitFor('the first', () => received.length === 2);
    await byHand(lab.server.url, (jsm) => jsm.consumers.delete(STREAM, 'reader'));
    await bus.publishFacts(facts.slice(2), facts[1]!);
    await waitFor('the others', () => received.length === 4);
    expect(lab.notices).toContainEqual(expect.stringMatching(/^the consumer reader was deleted/));
  });

  it('has two readers of one name who know their positions: each gets every fact, and it is said', async () => {
    await using lab = await NatsLab.start();
    const [bus, other] = [await lab.connectedBus(), await lab.connectedBus()];
    const facts = sampleFacts(40);
    const received = [collect(bus, { after: 0 }), collect(other, { after: 0 })];
    for (const [index, fact] of facts.entries()) await bus.publishFacts([fact], facts[index - 1] ?? null);
    await waitFor('all, twice', () => received.every(({ length }) => length === facts.length));
    expect(received).toEqual([facts, facts]);
    expect(lab.notices).toContainEqual(expect.stringMatching(/taken over by another reader of that name/));
  });

  it('lost its last messages and got one that is no fact: it ends with the last that is', async () => {
    await using lab = await NatsLab.start();
    const bus = await lab.connectedBus();
    const facts = sampleFacts(5);
    await bus.publishFacts(facts.slice(0, 4), null);
    await byHand(lab.server.url, async (jsm) => {
      for (const sequence of [2, 3, 4]) await jsm.streams.deleteMessage(STREAM, sequence);
    });
    expect(await bus.lastFact()).toEqual(markOf(facts[0]!));
    await publishByHand(lab.server.url, 'slipway.facts.a.b.c', 'no fact');
    expect(await bus.lastFact()).toEqual(markOf(facts[0]!));
    expect(await bus.publishFacts([facts[4]!], facts[0]!)).toEqual({ published: 1 });
    const received = collect(bus);
    await waitFor('both facts', () => received.length === 2);
    expect(lab.notices).toContain(`message 5 of the NATS stream ${STREAM} is no fact; it is passed over`);
  });

  it('has other limits and subjects: they are put right, and it is said', async () => {
    await using lab = await NatsLab.start();
    await byHand(lab.server.url, (jsm) => jsm.streams.add({ name: STREAM, subjects: ['slipway.>'], max_msgs: 3, max_age: 60e9, storage: StorageType.Memory }));
    const bus = await lab.connectedBus();
    await bus.publishFacts(sampleFacts(5), null);
    const { config, state } = await byHand(lab.server.url, (jsm) => jsm.streams.info(STREAM));
    expect(config).toMatchObject({ subjects: ['slipway.facts.>'], max_msgs: -1, discard: 'old', max_age: 0, duplicate_window: 120e9 });
    expect(state.messages).toBe(5);
    expect(lab.notices).toEqual([
      expect.stringContaining('is kept in memory, not in files'),
      expect.stringMatching(/differed in subjects, max_age, max_bytes, duplicate_window, max_msgs; it is put right$/),
    ]);
  });

  it('cannot carry facts: one clear error, and it works once that stream is gone', async () => {
    await using lab = await NatsLab.start();
    await byHand(lab.server.url, (jsm) => jsm.streams.add({ name: STREAM, subjects: ['slipway.facts.>'], retention: RetentionPolicy.Workqueue }));
    const bus = await lab.bus({ waitMs: 300 });
    await waitFor('the reason', () => bus.status().detail?.includes('has retention workqueue') === true);
    await expect(bus.lastFact()).rejects.toThrow(/^the NATS stream slipway-facts has retention workqueue, not limits: delete it/);
    await expect(bus.lastFact()).rejects.toBeInstanceOf(BusSetupError);
    await byHand(lab.server.url, (jsm) => jsm.streams.delete(STREAM));
    await waitFor('the recovery', () => bus.status().connected);
  });

  it('has the subjects under another name: one clear error', async () => {
    await using lab = await NatsLab.start();
    await byHand(lab.server.url, (jsm) => jsm.streams.add({ name: 'other', subjects: ['slipway.>'] }));
    const bus = await lab.bus({ waitMs: 300 });
    await waitFor('the reason', () => bus.status().detail?.includes('cannot be made') === true);
    await expect(bus.lastFact()).rejects.toThrow('the NATS stream slipway-facts cannot be made: subjects overlap with an existing stream');
  });

  it('forgets the name of a reader that does not come back', async () => {
    await using lab = await NatsLab.start();
    const bus = await lab.connectedBus({ readerInactiveMs: 1_000 });
    const known = () =>
      byHand(lab.server.url, (jsm) => jsm.consumers.info(STREAM, 'gone')).catch((error: Error) => {
        if (/not found/.test(error.message)) return null;
        throw error;
      });
    const leaving = new AbortController();
    const reading = bus.facts({ durable: 'gone', signal: leaving.signal }).next();
    let found = await known();
    while (found === null) found = await known();
    expect(found.config.inactive_threshold).toBe(1e9);
    leaving.abort();
    await reading;
    while ((await known()) !== null);
  });
});

describeWithNats('a NATS server that will not do', () => {
  it.each([
    ['no JetStream', '', '', /^JetStream is not enabled/],
    ['a token that is missing', 'jetstream { store_dir: $DIRECTORY }\nauthorization { token: right }', '', /^NATS refuses this user: .*[Aa]uthorization/],
    ['a wrong token', 'jetstream { store_dir: $DIRECTORY }\nauthorization { token: right }', 'wrong@', /^NATS refuses this user: .*[Aa]uthorization/],
    [
      'no right to JetStream',
      'jetstream { store_dir: $DIRECTORY }\nauthorization { users: [{ user: a, password: b, permissions: { publish: ["slipway.>"], subscribe: [">"] } }] }',
      'a:b@',
      /^NATS refuses this user: no permission for publish on \$JS\.API\./,
    ],
    [
      'too little storage',
      'jetstream { store_dir: $DIRECTORY, max_file_store: 1000000 }',
      '',
      /^the NATS stream slipway-facts cannot be made: insufficient storage resources available/,
    ],
  ])('for %s says so in one line', async (_what, configuration, login, message) => {
    await using server = await startConfiguredServer(configuration);
    await using bus = await openNatsBus({ servers: `nats://${login}${server.host}`, name: 'test', waitMs: 1_000 });
    await waitFor('the reason', () => message.test(bus.status().detail ?? ''));
    await expect(bus.lastFact()).rejects.toThrow(BusSetupError);
    expect(bus.status().detail).not.toContain('wrong@');
  });

  it('for an old version says which', async () => {
    await using server = await startServerOfVersion('2.8.4');
    await using bus = await openNatsBus({ servers: server.host, name: 'test', waitMs: 300 });
    await waitFor('the reason', () => bus.status().detail?.includes('has version') === true);
    await expect(bus.lastFact()).rejects.toEqual(new BusVersionError('this NATS server has version 2.8.4; 2.9 is the oldest that works'));
  });

  it.each(['', 'http://x:1', 'nats://', 'nats://a b'])('refuses %j as an address', async (servers) => {
    await expect(openNatsBus({ servers, name: 'test' })).rejects.toThrow('a NATS server is given as nats://');
  });
});

async function lastOf(bus: Bus): Promise<string | undefined> {
  return (await bus.lastFact())?.id;
}
