import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchServers, missingLines, missingServers } from './servers.mjs';

/** A machine whose apt-get and dpkg are ours: they note what they were asked, and unpack what a package would hold. */
function machine({ update = 'exit 0' } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'slipway-servers-'));
  const bin = join(root, 'bin');
  mkdirSync(bin);
  const script = (name, text) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  script(
    'apt-get',
    `for word in "$@"; do case "$word" in
       update) ${update};;
       --simulate) echo "Inst libpq5 (15)"; echo "Inst libllvm14 (14)"; echo "Inst perl (5)"; echo "Inst postgresql-15 (15)"; echo "Inst nats-server (2)"; exit 0;;
       download) fetching=yes;;
       -*) ;;
       *=*) ;;
       *) test -n "$fetching" && echo x > "$word.deb";;
     esac; done`,
  );
  script(
    'dpkg',
    `echo "$(basename $2)" >> ${join(root, 'unpacked')}
     case $2 in *nats*) mkdir -p $3/usr/sbin; touch $3/usr/sbin/nats-server;; *postgresql-15*) mkdir -p $3/usr/lib/postgresql/15/bin; touch $3/usr/lib/postgresql/15/bin/postgres;; esac`,
  );
  const env = { PATH: `${bin}:/usr/bin:/bin`.replace(/[^:]*postgresql[^:]*/g, '') };
  const directory = join(root, 'clone/servers');
  return {
    env,
    directory,
    script,
    unpacked: () => readFileSync(join(root, 'unpacked'), 'utf8').trim().split('\n').sort(),
    fetch: () => fetchServers({ env, directory, dpkgStatus: '/dev/null' }),
    remove: () => rmSync(root, { recursive: true }),
  };
}

const hasOwnPostgres = existsSync('/usr/lib/postgresql') || spawnSync('sh', ['-c', 'command -v postgres'], { env: { PATH: '/usr/bin:/bin' } }).status === 0;

describe('the servers of the cluster shape', () => {
  let at;
  afterEach(() => at.remove());

  it('are fetched from Debian’s packages into the clone, once, without what they do not need', async () => {
    at = machine();
    expect(missingServers(at.env, at.directory).map(({ program }) => program)).toContain('nats-server');
    expect(await at.fetch()).toEqual({ missing: [], reason: null });
    expect(at.unpacked()).toEqual(['libpq5.deb', 'nats-server.deb', 'postgresql-15.deb']);
    expect(missingServers(at.env, at.directory)).toEqual([]);
    at.script('apt-get', 'exit 1');
    expect(await at.fetch()).toEqual({ missing: [], reason: null });
  });

  it('are named one by one, with what to do, where they cannot be fetched', async () => {
    at = machine({ update: 'echo "E: no network" >&2; exit 100' });
    const result = await at.fetch();
    expect(missingLines(result)).toContain('There is no NATS server on this machine (E: no network): put nats-server on the PATH or set NATS_SERVER.');
    expect(existsSync(at.directory)).toBe(false);
  });

  it('are not fetched where the machine has them or the environment names them', () => {
    at = machine();
    at.script('nats-server', 'exit 0');
    const missing = missingServers(at.env, at.directory).map(({ program }) => program);
    expect(missing).toEqual(hasOwnPostgres ? [] : ['postgres']);
    expect(missingServers({ ...at.env, POSTGRES_BIN: '/opt/pg/bin' }, at.directory)).toEqual([]);
  });
});
