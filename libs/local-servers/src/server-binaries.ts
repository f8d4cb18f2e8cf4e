import { hash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

/** Where the servers' programs are, each an absolute path. */
export type PostgresBinaries = { readonly postgres: string; readonly initdb: string };

/** What setting up fetched where the machine had none, unpacked from Debian's packages. */
const FETCHED = path.resolve(import.meta.dirname, '../../../.setup/servers');
const DEBIAN_POSTGRES = 'usr/lib/postgresql';

/** `NATS_SERVER` (a path) wins, then the PATH, then what was fetched; null: there is none. */
export function locateNatsServer(environ: Environ = environment()): string | null {
  return environ['NATS_SERVER'] ?? onPath('nats-server', environ) ?? existing(path.join(FETCHED, 'usr/sbin/nats-server'));
}

/** `POSTGRES_BIN` (a folder) wins, then the PATH, then Debian's own folders, then what was fetched; null: there is none. */
export function locatePostgres(environ: Environ = environment()): PostgresBinaries | null {
  const given = environ['POSTGRES_BIN'];
  if (given !== undefined) return binariesIn(given);
  const linked = onPath('postgres', environ);
  const folders = [
    ...(linked === null ? [] : [path.dirname(fs.realpathSync(linked))]),
    ...versionsIn('/usr/lib/postgresql'),
    ...versionsIn(path.join(FETCHED, DEBIAN_POSTGRES)),
  ];
  return folders.map(binariesIn).find((binaries) => binaries !== null) ?? null;
}

/** What was unpacked elsewhere than at `/` has its libraries beside it. */
export function libraryPath(program: string): Record<string, string> {
  const [root = ''] = program.split(`/${DEBIAN_POSTGRES}/`);
  return root === '' ? {} : { LD_LIBRARY_PATH: path.join(root, 'usr/lib', debianTriplet()) };
}

/** The same programs where another user can run them: what was fetched into a folder that only we may enter is copied out. */
export function runnableByOthers(binaries: PostgresBinaries): PostgresBinaries {
  if (isOpenToOthers(binaries.postgres) || !binaries.postgres.startsWith(`${FETCHED}/`)) return binaries;
  const copy = path.join(tmpdir(), `slipway-servers-${hash('sha256', FETCHED, 'hex').slice(0, 12)}`);
  if (!fs.existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    fs.cpSync(FETCHED, unfinished, { recursive: true });
    fs.chmodSync(unfinished, 0o755);
    fs.renameSync(unfinished, copy);
  }
  const moved = (program: string): string => path.join(copy, path.relative(FETCHED, program));
  return { postgres: moved(binaries.postgres), initdb: moved(binaries.initdb) };
}

/** Every folder on the way may be entered by everybody. */
export function isOpenToOthers(file: string): boolean {
  for (let folder = path.dirname(file); folder !== '/'; folder = path.dirname(folder)) if ((fs.statSync(folder).mode & 0o001) === 0) return false;
  return true;
}

export type Environ = Readonly<Record<string, string | undefined>>;

const debianTriplet = (): string => (process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu');

function binariesIn(folder: string): PostgresBinaries | null {
  const binaries = { postgres: path.join(folder, 'postgres'), initdb: path.join(folder, 'initdb') };
  return existing(binaries.postgres) !== null && existing(binaries.initdb) !== null ? binaries : null;
}

function versionsIn(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  const versions = fs.readdirSync(folder).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => path.join(folder, version, 'bin'));
}

function onPath(program: string, environ: Environ): string | null {
  const folders = (environ['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => existing(path.join(folder, program))).find((found) => found !== null) ?? null;
}

const existing = (file: string): string | null => (fs.existsSync(file) ? file : null);

// eslint-disable-next-line no-restricted-syntax -- where programs lie is the machine's affair and no setting of ours
const environment = (): Environ => process.env;
