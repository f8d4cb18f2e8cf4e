import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@slipway/domain';
import { waitFor } from '../conformance/wait-for.js';
import type { Signals } from '../signals.js';
import { connectSignals, type SignalClient } from './signal-client.js';
import { HUB_CLIENTS_MAX, openSignalHub } from './signal-hub.js';
import { takeoverPath } from './socket-path.js';
import { startSignalProcess } from '../testing/signal-process.js';

/** A folder for sockets; everything opened through it is closed in the end. */
async function lab() {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-signals-'));
  const path = join(folder, 'hub.sock');
  const open: Signals[] = [];
  const processes: ReturnType<typeof startSignalProcess>[] = [];
  return {
    ...{ folder, path },
    async hub(): Promise<Signals> {
      const hub = await openSignalHub({ path });
      open.push(hub);
      return hub;
    },
    client(): SignalClient {
      const client = connectSignals({ path });
      open.push(client);
      return client;
    },
    start(role: 'hub' | 'client') {
      const started = startSignalProcess(role, path);
      processes.push(started);
      return started;
    },
    async [Symbol.asyncDispose]() {
      for (const signals of open) await signals.close();
      for (const { process } of processes) process.kill('SIGKILL');
      await rm(folder, { recursive: true });
    },
  };
}

function heard(signals: Signals, subject: string): Json[] {
  const received: Json[] = [];
  signals.subscribe(subject, (payload) => received.push(payload));
  return received;
}

describe('the local socket', () => {
  it('is for its owner alone, and gone after closing', async () => {
    await using socket = await lab();
    const hub = await socket.hub();
    expect((await stat(socket.path)).mode & 0o777).toBe(0o600);
    await hub.close();
    expect(await readdir(socket.folder)).toEqual([]);
  });

  it('refuses a folder that others may enter', async () => {
    await using socket = await lab();
    await chmod(socket.folder, 0o755);
    await expect(socket.hub()).rejects.toThrow('must belong to this user alone');
  });

  it('has one hub, however many start at once', async () => {
    await using socket = await lab();
    const starts = await Promise.allSettled([1, 2, 3, 4].map(() => socket.hub()));
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const start of starts) if (start.status === 'rejected') expect(String(start.reason)).toContain('already listening');
    expect(await readdir(socket.folder)).toEqual(['hub.sock']);
  });

  it('works where only the relative path is short enough, and says so where none is', async () => {
    await using socket = await lab();
    const deep = join(socket.folder, 'd'.repeat(60), 'e'.repeat(60));
    await mkdir(deep, { recursive: true, mode: 0o700 });
    const before = process.cwd();
    process.chdir(deep);
    try {
      const hub = await openSignalHub({ path: join(deep, 'hub.sock') });
      await hub.close();
    } finally {
      process.chdir(before);
    }
    await expect(openSignalHub({ path: join(deep, 'hub.sock') })).rejects.toThrow(/has \d+ bytes and may have \d+/);
    expect(() => connectSignals({ path: join(deep, 'hub.sock') })).toThrow('choose a shorter data directory');
  });

  it('goes over what one left that was killed while taking over', async () => {
    await using socket = await lab();
    const claim = takeoverPath(socket.path);
    await writeFile(claim, '4711');
    await utimes(claim, 0, 0);
    await writeFile(socket.path, 'no socket at all');
    await socket.hub();
    expect(await readdir(socket.folder)).toEqual(['hub.sock']);
  });
});

describe('killing a process', () => {
  it('of the hub: clients find the next hub, with their subscriptions', async () => {
    await using socket = await lab();
    const client = socket.client(); // before there is any hub
    const fromHub = heard(client, 'from.hub');
    const first = socket.start('hub');
    expect(await first.outcome).toBe('open');
    await waitFor('a signal', () => fromHub.at(-1) === first.process.pid);
    expect(await socket.start('hub').outcome).toContain('refused: a signal hub is already listening');

    first.process.kill('SIGKILL');
    await waitFor('the loss to be noticed', () => !client.isConnected);
    const before = client.droppedCount;
    client.publish('to.hub', 'lost');
    expect(client.droppedCount).toBe(before + 1);

    const second = socket.start('hub');
    expect(await second.outcome).toBe('open');
    await waitFor('a signal of the next hub', () => fromHub.at(-1) === second.process.pid);
  });

  it('of a client: the hub and the other clients go on', async () => {
    await using socket = await lab();
    const hub = await socket.hub();
    const other = socket.client();
    const [atHub, atOther] = [heard(hub, 'from.client'), heard(other, 'from.client')];
    const doomed = socket.start('client');
    await waitFor('signals', () => atHub.length > 0 && atOther.length > 0);
    doomed.process.kill('SIGKILL');
    const next = socket.start('client');
    await waitFor('signals of the next', () => atHub.at(-1) === next.process.pid && atOther.at(-1) === next.process.pid);
  });

  it('stopped, not killed: what it does not read is bounded and does not hold up the hub', async () => {
    await using socket = await lab();
    const hub = await socket.hub();
    const other = socket.client();
    const atOther = heard(other, 'to.client');
    const stuck = socket.start('client');
    const fromStuck = heard(hub, 'from.client');
    await waitFor('the connections', () => other.isConnected && fromStuck.length > 0);
    stuck.process.kill('SIGSTOP');
    const filling = 'x'.repeat(10_000);
    for (let index = 0; hub.droppedCount === 0; index++) {
      hub.publish('to.client', `${index} ${filling}`);
      if (index % 100 === 0) await new Promise(setImmediate);
    }
    hub.publish('to.client', 'last');
    await waitFor('the last one at the other', () => atOther.at(-1) === 'last');
  });
});

describe('a stranger on the socket', () => {
  it.each([
    ['no JSON', 'hello\n'],
    ['no frame', '{"type":"signal"}\n'],
    ['an unknown kind', '["obey","a"]\n'],
    ['a malformed subject', '["subscribe","a b"]\n'],
    ['a signal without payload', '["signal","a"]\n'],
    ['too much in a frame', '["signal","a",1,2]\n'],
    ['a frame without end', 'x'.repeat(300_000)],
    ['a frame that is too long', `["signal","a","${'x'.repeat(300_000)}"]\n`],
    ['deep nesting', `["signal","a",${'['.repeat(100_000)}${']'.repeat(100_000)}]\n`.slice(0, 250_000)],
    ['invalid UTF-8', Buffer.from([0x5b, 0xff, 0xfe, 0x0a])],
    ['more subscriptions than allowed', Array.from({ length: 257 }, (_, index) => `["subscribe","s${index}"]\n`).join('')],
  ])('is cut off at %s, and the hub goes on', async (_, bytes) => {
    await using socket = await lab();
    const hub = await socket.hub();
    const stranger = connect(socket.path);
    stranger.on('error', () => undefined);
    const closed = new Promise((resolve) => stranger.once('close', resolve));
    stranger.resume().write(bytes);
    await closed;
    const client = socket.client();
    const received = heard(hub, 'a');
    await waitFor('the connection', () => client.isConnected);
    client.publish('a', 1);
    await waitFor('the signal', () => received.length === 1);
  });

  it('may send a frame in as many pieces as it likes', async () => {
    await using socket = await lab();
    const received = heard(await socket.hub(), 'a');
    const peer = connect(socket.path);
    for (const byte of Buffer.from('["signal","a","é"]\n["signal","a",2]\n')) {
      peer.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    await waitFor('both', () => received.length === 2);
    expect(received).toEqual(['é', 2]);
    peer.destroy();
  });

  it('cannot take all places for good', async () => {
    await using socket = await lab();
    const hub = await socket.hub();
    let turnedAway = 0;
    const strangers = Array.from({ length: HUB_CLIENTS_MAX + 1 }, () => connect(socket.path).on('error', () => undefined).resume());
    for (const stranger of strangers) stranger.once('close', () => turnedAway++);
    await waitFor('one to be turned away', () => turnedAway === 1);
    for (const stranger of strangers) stranger.destroy();
    const client = socket.client();
    const received = heard(client, 'a');
    await waitFor('a signal', () => {
      hub.publish('a', 1);
      return received.length > 0;
    });
  });

  it('listening in the place of the hub is given up when it talks nonsense', async () => {
    await using socket = await lab();
    const impostor = createServer((peer) => peer.on('error', () => undefined).write('nonsense\n')).listen(socket.path);
    const client = socket.client();
    let connections = 0;
    client.onConnect(() => connections++);
    await waitFor('a second attempt', () => connections > 1);
    impostor.close();
    await client.close();
  });
});
