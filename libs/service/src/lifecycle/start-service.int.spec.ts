import { Controller, Get, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readiness } from '../health/readiness.js';
import { createLogger } from '../logging/logger.js';
import { startService, type RunningService } from './start-service.js';

const logger = createLogger('test', { level: 'silent' });
const events: string[] = [];
let release = (): void => undefined;
let asked = (): void => undefined;

@Injectable()
class Resource implements OnModuleDestroy {
  onModuleDestroy(): void {
    events.push('resource closed');
  }
}

@Controller()
class SlowController {
  @Get('slow')
  async slow(): Promise<string> {
    const released = new Promise<void>((resolve) => (release = resolve));
    asked();
    await released;
    events.push('answered');
    return 'done';
  }
}

@Module({ controllers: [SlowController], providers: [Resource] })
class TestModule {}

const open = (readiness?: Readiness): Promise<RunningService> =>
  startService(TestModule, { name: 'test', listen: { host: '127.0.0.1', port: 0 }, logger, ...(readiness === undefined ? {} : { readiness }) });

describe('a service', () => {
  beforeEach(() => void (events.length = 0));

  it('runs without a port', async () => {
    const service = await startService(TestModule, { name: 'test', logger });
    expect(service.url).toBeNull();
    expect(service.app.get(Resource)).toBeInstanceOf(Resource);
    await service.close();
    expect(events).toEqual(['resource closed']);
  });

  it('tells its health', async () => {
    const readiness = new Readiness();
    const service = await open(readiness);
    let caughtUp = false;
    readiness.add({ name: 'projections', check: () => ({ ready: caughtUp, detail: 'behind' }) });
    readiness.add({ name: 'log', check: () => Promise.resolve({ ready: true }) });
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    const behind = await fetch(`${service.url}/readyz?x=1`);
    expect(behind.status).toBe(503);
    expect(await behind.json()).toEqual({ ready: false, checks: { projections: { ready: false, detail: 'behind' }, log: { ready: true } } });
    caughtUp = true;
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    readiness.leave();
    expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
    await service.close();
  });

  it('counts a check that throws as not ready', async () => {
    const readiness = new Readiness();
    readiness.add({
      name: 'log',
      check: () => {
        throw new Error('disk is gone');
      },
    });
    expect(await readiness.report()).toEqual({ ready: false, checks: { log: { ready: false, detail: 'disk is gone' } } });
  });

  it('answers what runs before it closes its resources, and waits for no idle connection', async () => {
    const service = await open();
    const silent = connect(Number(new URL(service.url ?? '').port), '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    const running = fetch(`${service.url}/slow`).then((response) => response.text());
    await arrived;
    const closed = Promise.all([service.close(), service.close()]);
    release();
    expect(await running).toBe('done');
    await closed;
    expect(events).toEqual(['answered', 'resource closed']);
  });

  it('cleans up and says why when it cannot have its port', async () => {
    const first = await open();
    const port = Number(new URL(first.url ?? '').port);
    await expect(startService(TestModule, { name: 'test', listen: { host: '127.0.0.1', port }, logger })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(events).toEqual(['resource closed']);
    await first.close();
  });

  it('leaves signals to its process', async () => {
    const before = process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');
    const service = await open();
    expect(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')).toBe(before);
    await service.close();
  });
});
