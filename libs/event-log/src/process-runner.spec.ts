import type { EventLog } from './event-log.js';
import { ManualClock } from './manual-clock.js';
import { openMemoryEventLog } from './memory-event-log.js';
import { CLOSE_AFTER_MS, orderDefinition, orderItem, orderOf } from './order-process.js';
import { startProcessRunner, type ProcessRunner } from './process-runner.js';

describe('the process runner', () => {
  it('takes each fact once, performs its effects in order, and fires the timer armed last', async () => {
    await using log = openMemoryEventLog();
    const { clock, performed, start } = shop(log);
    await using runner = start();
    await orderItem(log, '1', 'hat');
    await orderItem(log, '1', 'coat');
    await settled(runner, log);
    expect(performed).toEqual(['1 pack hat', '1 ship hat', '1 pack coat', '1 ship coat']);
    clock.advance(CLOSE_AFTER_MS - 1);
    await settled(runner, log);
    expect(runner.health()).toMatchObject({ state: 'following', timersArmed: 1, instancesOwing: 0 });
    clock.advance(1);
    await until(() => performed.includes('1 thank'));
    await settled(runner, log);
    expect(await orderOf(log, '1')).toEqual({ ordered: ['hat', 'coat'], shipped: ['coat', 'hat'], closed: 1 });
    expect(runner.health()).toMatchObject({ timersArmed: 0 });
  });

  it('goes on after a restart: nothing is taken twice, timers are still armed', async () => {
    await using log = openMemoryEventLog();
    const { clock, performed, start } = shop(log);
    {
      await using runner = start();
      await orderItem(log, '1', 'hat');
      await settled(runner, log);
    }
    await orderItem(log, '1', 'coat');
    clock.advance(CLOSE_AFTER_MS / 2);
    await using runner = start();
    await runner.ready;
    await settled(runner, log);
    clock.advance(CLOSE_AFTER_MS);
    await until(() => performed.includes('1 thank'));
    await settled(runner, log);
    expect(performed).toEqual(['1 pack hat', '1 ship hat', '1 pack coat', '1 ship coat', '1 thank']);
  });

  it('fires a timer that fell due while nobody ran, but only after the facts that were missed', async () => {
    await using log = openMemoryEventLog();
    const { clock, performed, start } = shop(log);
    {
      await using runner = start();
      await orderItem(log, '1', 'hat');
      await orderItem(log, '2', 'hat');
      await settled(runner, log);
    }
    clock.advance(CLOSE_AFTER_MS * 2);
    await orderItem(log, '2', 'coat'); // arms the timer of 2 anew
    await using runner = start();
    await until(() => performed.includes('1 thank') && performed.includes('2 ship coat'));
    await settled(runner, log);
    expect(performed).not.toContain('2 thank');
    expect(runner.health()).toMatchObject({ timersArmed: 1 });
  });

  it('retries an effect that throws, shows it, and lets other instances go on meanwhile', async () => {
    await using log = openMemoryEventLog();
    const { clock, performed, start, failing } = shop(log);
    failing.add('1 ship hat');
    await using runner = start();
    await orderItem(log, '1', 'hat');
    await orderItem(log, '2', 'hat');
    await until(() => performed.includes('2 ship hat') && runner.health().retrying.length === 1);
    expect(runner.health().retrying).toMatchObject([{ key: '1', effectId: 'process-order-1/0/1', attempts: 1, error: 'no lorry' }]);
    clock.advance(100);
    await until(() => runner.health().retrying[0]?.attempts === 2);
    failing.clear();
    clock.advance(200);
    await until(() => performed.includes('1 ship hat'));
    await settled(runner, log);
    expect(runner.health()).toMatchObject({ retrying: [], instancesOwing: 0 });
    expect(performed.filter((effect) => effect === '1 pack hat')).toHaveLength(1);
  });

  it('stalls at a fact that its process cannot take, says so, and takes it when the process is mended', async () => {
    await using log = openMemoryEventLog();
    const { definition, clock } = shop(log);
    const broken = { ...definition, route: () => { throw new Error('unknown fact'); } };
    await orderItem(log, '1', 'hat');
    {
      await using runner = startProcessRunner(broken, { log, clock });
      await until(() => runner.health().state === 'stalled');
      expect(runner.health()).toMatchObject({ position: 0, error: 'unknown fact' });
    }
    await using runner = startProcessRunner(definition, { log, clock });
    await runner.ready;
    expect(runner.health()).toMatchObject({ state: 'following', error: null });
    await settled(runner, log);
    expect((await orderOf(log, '1')).ordered).toEqual(['hat']);
  });

  it('hands cause and correlation on to what its effects cause', async () => {
    await using log = openMemoryEventLog();
    const { contexts, start } = shop(log);
    await using runner = start();
    await orderItem(log, '1', 'hat');
    await settled(runner, log);
    const [taken] = await Array.fromAsync(log.readAll({ filter: { types: ['ProcessInputTaken'] } }));
    expect(taken?.metadata).toEqual({ actor: 'process/order', correlationId: 'c-hat', causationId: '1/hat' });
    expect(contexts[0]).toMatchObject({ effectId: 'process-order-1/0/0', metadata: { actor: 'process/order', correlationId: 'c-hat', causationId: taken?.id } });
  });

  it('does not mistake the streams of a process whose name begins with its own', async () => {
    await using log = openMemoryEventLog();
    const { definition, clock } = shop(log);
    const other = { ...definition, name: 'order-audit' };
    await orderItem(log, '1', 'hat');
    {
      await using runner = startProcessRunner(other, { log, clock });
      await settled(runner, log);
    }
    await using runner = startProcessRunner(definition, { log, clock });
    await runner.ready;
    await settled(runner, log);
    expect((await orderOf(log, '1')).ordered).toEqual(['hat']);
    expect(await log.readStream('process-order-audit-1')).toHaveProperty('found');
  });
});

function shop(log: EventLog) {
  const clock = new ManualClock(1_000_000);
  const performed: string[] = [];
  const contexts: { effectId: string; metadata: object }[] = [];
  const failing = new Set<string>();
  const definition = orderDefinition(log, async (effect, context) => {
    const text = [context.key, effect.type, 'item' in effect ? effect.item : ''].join(' ').trim();
    if (failing.has(text)) throw new Error('no lorry');
    performed.push(text);
    contexts.push(context);
  });
  return { clock, performed, contexts, failing, definition, start: () => startProcessRunner(definition, { log, clock }) };
}

/** Everything in the log has been taken and every effect performed and recorded. */
async function settled(runner: ProcessRunner, log: EventLog): Promise<void> {
  const lastFact = async () => (await Array.fromAsync(log.readAll({ direction: 'backwards', limit: 1, filter: { streamPrefixes: ['order-', 'shipment-'] } })))[0];
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const { position, instancesOwing } = runner.health();
    if (position >= ((await lastFact())?.position ?? 0) && instancesOwing === 0) return;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
