import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../workspace.mjs';
import { natsServer } from './programs.mjs';

const SCRIPT = join(ROOT, 'deploy/compose/first-run.mjs');
const OWNER_READS = 0o400;

describe('the first run of docker compose', () => {
  let root;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'slipway-first-run-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const run = (environment = {}) =>
    execFileSync(process.execPath, [SCRIPT], { encoding: 'utf8', env: { SECRETS_ROOT: join(root, 'run/secrets'), SECRETS_KEEP_OWNER: '1', ...environment } });
  const secretsNow = () =>
    Object.fromEntries(
      readdirSync(join(root, 'run/secrets'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [join(entry.parentPath, entry.name).slice(join(root, 'run/secrets/').length), readFileSync(join(entry.parentPath, entry.name), 'utf8').trim()]),
    );

  it('makes every secret, readable by its owner alone, and says none', () => {
    const said = run();
    const secrets = secretsNow();
    expect(Object.keys(secrets).sort()).toEqual([
      'gateway/admin-token', 'gateway/master-key', 'gateway/metrics-token', 'grafana/admin-password', 'nats/authorization.conf', 'nats/password',
      'postgres/slipway-password', 'postgres/superuser-password', 'prometheus/metrics-token', 'slipway/database-url', 'slipway/log-url',
      'slipway/master-key', 'slipway/metrics-token', 'slipway/nats-url',
    ]);
    for (const path of Object.keys(secrets)) expect(statSync(join(root, 'run/secrets', path)).mode & 0o777).toBe(OWNER_READS);
    expect(secrets['slipway/master-key']).toMatch(/^[0-9a-f]{64}$/);
    expect(secrets['slipway/database-url']).toBe(`postgres://slipway:${secrets['postgres/slipway-password']}@postgres:5432/slipway`);
    expect(secrets['slipway/nats-url']).toBe(`nats://slipway:${secrets['nats/password']}@nats:4222`);
    expect(secrets['gateway/master-key']).toBe(secrets['slipway/master-key']);
    for (const secret of Object.values(secrets)) expect(said).not.toContain(secret);
  });

  it('gives no reader what only another needs', () => {
    run();
    const secrets = secretsNow();
    expect(Object.keys(secrets).filter((path) => /^gateway\/.*(url|password)/.test(path))).toEqual([]);
    expect(Object.keys(secrets).filter((path) => path.endsWith('admin-token'))).toEqual(['gateway/admin-token']);
    expect(readdirSync(join(root, 'run/secrets/grafana'))).toEqual(['admin-password']);
  });

  it('changes nothing when it is run again, and makes what got lost', () => {
    run();
    const before = secretsNow();
    run();
    expect(secretsNow()).toEqual(before);
    rmSync(join(root, 'run/secrets/grafana/admin-password'));
    run();
    const after = secretsNow();
    expect(after['grafana/admin-password']).not.toBe(before['grafana/admin-password']);
    expect({ ...after, 'grafana/admin-password': '' }).toEqual({ ...before, 'grafana/admin-password': '' });
  });

  it('makes other secrets for another installation', () => {
    run();
    const one = secretsNow();
    rmSync(join(root, 'run'), { recursive: true });
    run();
    const other = secretsNow();
    const same = Object.keys(one).filter((path) => one[path] === other[path]);
    expect(same).toEqual([]);
  });

  it('puts the log where SLIPWAY_LOG_URL says, and back without it', () => {
    run({ SLIPWAY_LOG_URL: 'esdb://kurrentdb:2113?tls=false' });
    expect(secretsNow()['slipway/log-url']).toBe('esdb://kurrentdb:2113?tls=false');
    run();
    expect(secretsNow()['slipway/log-url']).toBe(secretsNow()['slipway/database-url']);
  });

  const server = natsServer();
  (server ? it : it.skip)(`makes what nats-server takes${server ? '' : ' (there is no nats-server here)'}`, () => {
    run();
    mkdirSync(join(root, 'etc/nats'), { recursive: true });
    cpSync(join(ROOT, 'deploy/nats/nats.conf'), join(root, 'etc/nats/nats.conf'));
    const { status, stderr } = spawnSync(server, ['-t', '-c', join(root, 'etc/nats/nats.conf')], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('is valid') });
  });

  it('is run by a script that is in the image', () => {
    expect(existsSync(SCRIPT)).toBe(true);
    expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).toContain('COPY deploy/compose/first-run.mjs ./deploy/compose/first-run.mjs');
    expect(readFileSync(join(ROOT, '.dockerignore'), 'utf8')).toContain('!deploy/compose/first-run.mjs');
  });
});
