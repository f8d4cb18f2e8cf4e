import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { LogInUseError } from './log-errors.js';
import { startLogProcess } from './log-process.js';
import { CLOSE_AFTER_MS, orderItem, orderOf, type Order } from './order-process.js';
import { seededChance } from './seeded-chance.js';
import { openSqliteEventLog } from './sqlite-event-log.js';
import { openSqliteLogFollower } from './sqlite-log-follower.js';

const KILLS = 20;

/** Eight writers that append for ever and print what was acknowledged. */
const WRITER = `
const { openSqliteEventLog } = await import(base + 'sqlite-event-log.ts');
const log = await openSqliteEventLog(args[0]);
await Promise.all(Array.from({ length: 8 }, async (_, writer) => {
  for (let round = 0; ; round++) {
    const id = [args[1], writer, round].join('/');
    const events = Array.from({ length: 1 + round % 3 }, (_, index) => ({ id: id + '/' + index, type: 'Happened', version: 1, data: { text: 'x'.repeat(500) }, metadata: {} }));
    const outcome = await log.append('writer-' + writer, events, 'any');
    print(JSON.stringify({ streamId: 'writer-' + writer, ...outcome.appended, id: events.at(-1).id }));
  }
}));`;

/** The order process over a log, writing each performed effect to a file before it counts as performed. */
const ORDERS = `
const { openSqliteEventLog } = await import(base + 'sqlite-event-log.ts');
const { openSqliteSnapshots } = await import(base + 'sqlite-snapshots.ts');
const { startProcessRunner } = await import(base + 'process-runner.ts');
const { orderDefinition } = await import(base + 'order-process.ts');
const log = await openSqliteEventLog(args[0]);
const snapshots = await openSqliteSnapshots(args[0] + '.snapshots');
const definition = orderDefinition(log, async (effect, { key }) => {
  const text = [key, effect.type, effect.item ?? ''].join(' ').trim();
  fs.appendFileSync(args[1], text + '\\n');
  print(text);
});
const runner = startProcessRunner(definition, { log, snapshots });
setInterval(() => { const { state, instancesOwing, timersArmed } = runner.health(); if (state === 'following' && instancesOwing + timersArmed === 0) print('idle'); }, 5);`;

let directory: string;
const file = () => path.join(directory, 'log.sqlite');
beforeEach(() => void (directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-kill-'))));
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

describe('the SQLite log under kill -9', () => {
  it(`I1 loses nothing it acknowledged in ${KILLS} kills, is never called damaged, and shows followers every event once`, async () => {
    const chance = seededChance(20_261_120);
    await using follower = openSqliteLogFollower(file()); // there is no file yet
    const followed: number[] = [];
    const following = new AbortController();
    const watching = (async () => {
      for await (const message of follower.follow({ after: 0, signal: following.signal })) if ('event' in message) followed.push(message.event.position);
    })();
    const acknowledged: { streamId: string; revision: number; position: number; id: string }[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = startLogProcess(WRITER, [file(), `life-${kill}`]);
      await writer.printed(1 + chance(100));
      await writer.kill();
      acknowledged.push(...writer.lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line)));
      await using log = await openSqliteEventLog(file());
      const all = await Array.fromAsync(log.readAll());
      expect(all.map((event) => event.position)).toEqual(all.map((_, index) => index + 1));
      for (const { streamId, revision, position, id } of acknowledged) expect(all[position - 1]).toMatchObject({ streamId, revision, id });
    }
    const head = await follower.head();
    await until(() => followed.length >= head);
    following.abort();
    await watching;
    expect(followed).toEqual(Array.from({ length: head }, (_, index) => index + 1));
  });

  it('refuses a second writer while another process is alive, and takes over when it was killed', async () => {
    await using writer = startLogProcess(WRITER, [file(), 'life']);
    await writer.printed(1);
    await expect(openSqliteEventLog(file())).rejects.toThrow(LogInUseError);
    await using second = startLogProcess(`try { await (await import(base + 'sqlite-event-log.ts')).openSqliteEventLog(args[0]); } catch (error) { print(error.code); }`, [file()]);
    await second.printed(1);
    expect(second.lines).toEqual(['LOG_IN_USE']);
    await writer.kill();
    await using log = await openSqliteEventLog(file());
    expect(await log.head()).toBeGreaterThan(0);
  });

  it('hears of appends in another process when woken, without waiting for the next poll', async () => {
    const log = await openSqliteEventLog(file());
    await using follower = openSqliteLogFollower(file(), { pollIntervalMs: 3_600_000 });
    const messages = follower.follow({ after: 0 });
    expect(await messages.next()).toMatchObject({ value: { caughtUp: 0 } });
    await orderItem(log, '1', 'hat');
    follower.wake();
    expect(await messages.next()).toMatchObject({ value: { event: { position: 1 } } });
    await messages.return?.();
    await log[Symbol.asyncDispose]();
  });
});

describe('the process runner under kill -9', () => {
  it('performs every effect at least once and ends in the state of an undisturbed run', async () => {
    const chance = seededChance(7);
    const keys = ['1', '2', '3', '4', '5'];
    const effects = path.join(directory, 'effects');
    {
      await using log = await openSqliteEventLog(file());
      for (const item of ['hat', 'coat', 'scarf']) for (const key of keys) await orderItem(log, key, item);
    }
    for (let kill = 0; kill < 10; kill++) {
      const orders = startLogProcess(ORDERS, [file(), effects]);
      await orders.printed(1 + chance(4));
      await orders.kill();
    }
    const orders = startLogProcess(ORDERS, [file(), effects]);
    for (let lines = 1; !orders.lines.includes('idle'); lines = orders.lines.length + 1) await orders.printed(lines);
    await orders.kill();
    await using log = await openSqliteEventLog(file());
    const performed = new Set(fs.readFileSync(effects, 'utf8').trim().split('\n'));
    for (const key of keys) {
      const order: Order = await orderOf(log, key);
      expect({ ...order, closed: order.closed >= 1 }).toEqual({ ordered: ['hat', 'coat', 'scarf'], shipped: ['coat', 'hat', 'scarf'], closed: true });
      for (const item of order.ordered) for (const verb of ['pack', 'ship']) expect(performed).toContain(`${key} ${verb} ${item}`);
      expect(performed).toContain(`${key} thank`);
    }
    expect(CLOSE_AFTER_MS).toBeLessThan(5_000); // real time passes here
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
