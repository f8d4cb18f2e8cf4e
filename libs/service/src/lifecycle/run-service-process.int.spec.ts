import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@slipway/local-servers';
import { RunningService } from '../fixtures/running-service.fixture.js';
import { EXIT } from './exit-codes.js';

const folder = mkdtempSync(join(tmpdir(), 'service-process-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function ended(args: readonly string[], environ: Readonly<Record<string, string>> = {}): Promise<{ exit: number | string; stdout: string; stderr: string; events: unknown[] }> {
  await using service = new RunningService(environ, args);
  const exit = await service.exited();
  return { exit, stdout: service.stdout, stderr: service.stderr, events: service.events() };
}

const healthOf = async (service: RunningService): Promise<string> => String((await service.line('service.starting'))['healthUrl']);
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
};

describe('the command line of a service', () => {
  it('tells its settings, units, defaults and exit codes for --help', async () => {
    const { exit, stdout } = await ended(['--help'], { SLIPWAY_FIXTURE_PORT: 'wrong' });
    expect(exit).toBe(EXIT.done);
    expect(stdout).toMatch(/^slipway fixture: shows how a service lives and ends\n/);
    expect(stdout).toMatch(/ SLIPWAY_STOP_TIMEOUT_MS +How long .* \(ms, 25000\)\n/);
    expect(stdout).toMatch(/ SLIPWAY_FIXTURE_PORT +Port of the fixture \(0\)\n/);
    expect(stdout).toMatch(/ SLIPWAY_FIXTURE_KEY +A secret \(has a default, or the file SLIPWAY_FIXTURE_KEY_FILE\)\n/);
    expect(stdout).toContain('Exit codes: ');
  });

  it('prints its version', async () => {
    expect(await ended(['--version'])).toMatchObject({ exit: EXIT.done, stdout: '1.2.3\n', stderr: '' });
  });

  it('prints its settings with their sources, secrets masked', async () => {
    const file = join(folder, 'settings.yaml');
    writeFileSync(file, 'fixture: { key: a-secret-of-this-file }\n');
    const { exit, stdout, stderr } = await ended(['--print-config'], { SLIPWAY_CONFIG_FILE: file, SLIPWAY_LOG_LEVEL: 'warn', SLIPWAY_LOGLEVEL: 'x', SLIPWAY_OF_ANOTHER: 'x' });
    expect(exit).toBe(EXIT.done);
    expect(stdout).toContain('SLIPWAY_LOG_LEVEL: "warn" # environment\n');
    expect(stdout).toContain('SLIPWAY_FIXTURE_KEY: "••••" # file\n');
    expect(stdout).toContain('SLIPWAY_FIXTURE_PORT: "0" # default\n');
    expect(stderr).toBe('fixture: warning: SLIPWAY_LOGLEVEL in the environment is not a setting of this service and does nothing; did you mean SLIPWAY_LOG_LEVEL?\n');
  });

  it.each([['--prot'], ['extra'], ['--help=yes']])('refuses %s with exit 64 and one line', async (argument) => {
    const { exit, stdout, stderr } = await ended([argument]);
    expect({ exit, stdout }).toEqual({ exit: EXIT.usage, stdout: '' });
    expect(stderr).toMatch(/^fixture: [^\n]+ \(--help lists what there is\)\n$/);
  });

  it('refuses settings that do not fit with exit 78 and a line for each', async () => {
    const { exit, stdout, stderr } = await ended([], { SLIPWAY_FIXTURE_PORT: 'eighty', SLIPWAY_FIXTURE_KEY: 'hunter2', SLIPWAY_TELEMETRY: 'yes' });
    expect({ exit, stdout }).toEqual({ exit: EXIT.configuration, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      "fixture: SLIPWAY_TELEMETRY is 'yes' (environment); it must be on or off",
      "fixture: SLIPWAY_FIXTURE_PORT is 'eighty' (environment); it must be a whole number from 0 to 65535",
      'fixture: SLIPWAY_FIXTURE_KEY has a value that does not fit, not shown here (environment); it must be at least 16 visible ASCII characters without spaces',
    ]);
  });
});

describe('a service that cannot start', () => {
  it('tells a known cause by its message alone and exits 75', async () => {
    expect(await ended([], { SLIPWAY_FIXTURE_FAULT: 'typed' })).toMatchObject({ exit: EXIT.later, stderr: 'fixture: the log is of a newer version\n' });
  });

  it('names a port that is in use and exits 75', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    for (const name of ['SLIPWAY_FIXTURE_PORT', 'SLIPWAY_HEALTH_PORT']) {
      expect(await ended([], { [name]: String(port) })).toMatchObject({ exit: EXIT.later, stderr: `fixture: port ${port} on 127.0.0.1 is in use; give this service another one\n` });
    }
    taken.close();
  });

  it('says of a fault of its own that it is one, logs the stack without secrets, and exits 70', async () => {
    const { exit, stdout, stderr } = await ended([], { SLIPWAY_FIXTURE_FAULT: 'bug' });
    expect({ exit, stderr }).toEqual({ exit: EXIT.internal, stderr: 'fixture: internal error: cannot read •••• (the log has the stack)\n' });
    expect(stdout).toContain('service.failed');
    expect(stdout).toContain('service.fixture');
    expect(stdout).not.toContain('a-key-of-the-fixture');
  });
});

describe('a running service', () => {
  it('says once in JSON that it is ready, whatever is logged', async () => {
    await using service = new RunningService({ SLIPWAY_LOG_LEVEL: 'silent', SLIPWAY_INSTANCE: 'one' });
    const ready = await service.line('service.ready');
    expect(ready).toMatchObject({ name: 'fixture', instance: 'one', pid: service.process.pid, url: expect.stringMatching(/^http:/) as string, ms: expect.any(Number) as number });
    expect(service.lines).toHaveLength(1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('on %s is unready first, answers what runs, closes in order and exits 0', async (signal) => {
    await using service = new RunningService();
    const { url } = await service.line('service.ready');
    const slow = fetch(`${String(url)}/slow`).then((response) => response.text());
    await service.line('fixture.asked');
    service.process.kill(signal);
    expect(await slow).toBe('done');
    expect(await service.exited()).toBe(EXIT.done);
    expect(service.events().slice(-5)).toEqual(['service.stopping', 'fixture.closing', 'fixture.worked', 'fixture.closed', 'service.stopped']);
    expect(service.lines.find(({ event }) => event === 'fixture.closing')).toMatchObject({ ready: false, aborted: false });
  });

  it('answers on its health port until it is closed', async () => {
    await using service = new RunningService({ SLIPWAY_FIXTURE_FAULT: 'never-closes' });
    const health = await healthOf(service);
    await service.line('service.ready');
    expect(await (await fetch(`${health}/readyz`)).json()).toEqual({ ready: true, checks: { start: { ready: true } } });
    service.process.kill('SIGTERM');
    await service.line('fixture.closing');
    expect((await fetch(`${health}/readyz`)).status).toBe(503);
    expect((await fetch(`${health}/livez`)).status).toBe(200);
    expect((await fetch(`${health}/healthz`)).status).toBe(200);
  });

  it('stops at once on a second signal', async () => {
    await using service = new RunningService({ SLIPWAY_FIXTURE_FAULT: 'never-closes' });
    await service.line('service.ready');
    service.process.kill('SIGTERM');
    await service.line('fixture.closing');
    service.process.kill('SIGINT');
    expect(await service.exited()).toBe(130);
  });

  it('is cut off when it does not close in time', async () => {
    await using service = new RunningService({ SLIPWAY_FIXTURE_FAULT: 'never-closes', SLIPWAY_STOP_TIMEOUT_MS: '100' });
    await service.line('service.ready');
    service.process.kill('SIGTERM');
    expect(await service.exited()).toBe(EXIT.internal);
    expect(service.events()).toContain('service.stop_timeout');
  });

  it('closes the rest when one part does not close, and says so', async () => {
    await using service = new RunningService({ SLIPWAY_FIXTURE_FAULT: 'close-fails' });
    await service.line('service.ready');
    service.process.kill('SIGTERM');
    expect(await service.exited()).toBe(EXIT.internal);
    expect(service.events().slice(-2)).toEqual(['service.close_failed', 'service.stopped']);
  });

  it.each(['/reject', '/throw'])('ends in order with exit 70 after an error nobody handled (%s)', async (path) => {
    await using service = new RunningService();
    const { url } = await service.line('service.ready');
    await fetch(`${String(url)}${path}`).catch(() => null);
    expect(await service.exited()).toBe(EXIT.internal);
    expect(service.lines.find(({ event }) => event === 'service.crashed')).toMatchObject({ level: 60, err: { message: expect.stringContaining('nobody handles') as string } });
    expect(service.events()).toEqual(expect.arrayContaining(['fixture.closed', 'service.stopped']));
  });

  it('stops while it still starts', async () => {
    await using service = new RunningService({ SLIPWAY_FIXTURE_FAULT: 'hangs' });
    const health = await healthOf(service);
    const report = await (await fetch(`${health}/readyz`)).json() as { checks: unknown };
    expect(report.checks).toEqual({ start: { ready: false, detail: 'starting' } });
    service.process.kill('SIGTERM');
    expect(await service.exited()).toBe(EXIT.done);
    expect(service.events()).not.toContain('service.ready');
  });

  it('tries on while what it needs is away, alive but not ready with the reason, and goes on when it is there', async () => {
    const dependency = createServer((socket) => socket.end());
    const port = await freePort(); // one that no outgoing connection takes meanwhile
    await using service = new RunningService({ SLIPWAY_FIXTURE_DEPENDENCY_PORT: String(port) });
    const health = await healthOf(service);
    expect(await service.line('dependency.unreachable')).toMatchObject({ what: 'dependency', code: 'ECONNREFUSED' });
    expect((await fetch(`${health}/livez`)).status).toBe(200);
    const unready = await fetch(`${health}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toMatchObject({ checks: { dependency: { ready: false, detail: expect.stringContaining('ECONNREFUSED') as string } } });
    dependency.listen(port, '127.0.0.1');
    await service.line('service.ready');
    await until(async () => (await fetch(`${health}/readyz`)).status === 200);
    expect(service.events().filter((event) => event === 'dependency.unreachable')).toHaveLength(1);
    expect(service.lines.find(({ event }) => event === 'dependency.reached')?.['attempts']).toBeGreaterThan(1);
    dependency.close();
  });
});
