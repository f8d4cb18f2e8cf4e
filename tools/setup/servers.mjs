import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SETUP_DIRECTORY } from './workspace.mjs';

/** The servers of the cluster shape: Debian's package, the program in it, and how to have it by oneself. */
export const SERVERS = [
  { name: 'NATS server', debianPackage: 'nats-server', program: 'nats-server', variable: 'NATS_SERVER' },
  { name: 'PostgreSQL', debianPackage: 'postgresql', program: 'postgres', variable: 'POSTGRES_BIN' },
];

export const SERVERS_DIRECTORY = join(SETUP_DIRECTORY, 'servers');
const APT_TIMEOUT_MS = 180_000;
/** Of what a package depends on, only these are needed to run its server; compiled queries (libllvm) we do without. */
const WANTED_PACKAGE = /^(nats-server|postgresql-\d+|postgresql-client-\d+|lib(?!llvm).+)$/;

/** The servers that are neither on this machine nor were fetched before. */
export function missingServers(env = process.env, directory = SERVERS_DIRECTORY) {
  return SERVERS.filter(({ program, variable }) => !env[variable] && !isOnMachine(program, env) && !isFetched(program, directory));
}

/**
 * Fetches what is missing from Debian's packages and unpacks it in the clone: needs no rights and changes nothing of the machine.
 * Answers the servers that are still missing, with the reason.
 */
export async function fetchServers({ env = process.env, directory = SERVERS_DIRECTORY, dpkgStatus = '/var/lib/dpkg/status' } = {}) {
  const missing = missingServers(env, directory);
  if (missing.length === 0) return { missing, reason: null };
  const fresh = `${directory}.new`;
  try {
    const apt = await openApt(join(directory, '..', 'apt'), dpkgStatus, env);
    const packages = await apt.packagesFor(missing.map(({ debianPackage }) => debianPackage));
    mkdirSync(fresh, { recursive: true });
    for (const file of await apt.download(packages)) await run('dpkg', ['-x', file, fresh], { env });
    moveInto(fresh, directory);
    const left = missingServers(env, directory);
    return { missing: left, reason: left.length === 0 ? null : "Debian's packages did not hold it" };
  } catch (error) {
    return { missing, reason: error.message };
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(join(directory, '..', 'apt'), { recursive: true, force: true });
  }
}

/** One line for each server that is not there. */
export const missingLines = ({ missing, reason }) =>
  missing.map(({ name, program, variable }) => `There is no ${name} on this machine (${reason}): put ${program} on the PATH or set ${variable}.`);

async function openApt(directory, dpkgStatus, env) {
  const archives = join(directory, 'packages');
  mkdirSync(join(directory, 'lists/partial'), { recursive: true });
  mkdirSync(archives, { recursive: true });
  const options = [
    ...['-o', `Dir::State::Lists=${join(directory, 'lists')}`, '-o', `Dir::Cache=${directory}`, '-o', `Dir::State::status=${dpkgStatus}`],
    ...['-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User=', '-o', 'Acquire::Languages=none'],
  ];
  const get = (args) => run('apt-get', [...options, ...args], { cwd: archives, env: { ...env, LC_ALL: 'C' } });
  await get(['update']);
  return {
    async packagesFor(names) {
      const plan = await get(['--simulate', '--yes', '--no-install-recommends', 'install', ...names]);
      return [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name).filter((name) => WANTED_PACKAGE.test(name));
    },
    async download(packages) {
      await get(['download', ...packages]);
      return readdirSync(archives).filter((file) => file.endsWith('.deb')).map((file) => join(archives, file));
    },
  };
}

function isOnMachine(program, env) {
  if ((env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)))) return true;
  return program === 'postgres' && hasPostgres('/usr/lib/postgresql');
}

const isFetched = (program, directory) =>
  program === 'postgres' ? hasPostgres(join(directory, 'usr/lib/postgresql')) : existsSync(join(directory, 'usr/sbin', program));

const hasPostgres = (folder) => existsSync(folder) && readdirSync(folder).some((version) => existsSync(join(folder, version, 'bin/postgres')));

/** What an earlier fetch brought stays beside it. */
function moveInto(fresh, directory) {
  if (!existsSync(directory)) return renameSync(fresh, directory);
  for (const entry of readdirSync(fresh, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const from = join(entry.parentPath, entry.name);
    const to = join(directory, from.slice(fresh.length));
    mkdirSync(join(to, '..'), { recursive: true });
    renameSync(from, to);
  }
}

function run(command, args, { cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: APT_TIMEOUT_MS });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (errors += data));
    child.once('error', () => reject(new Error(`there is no ${command} to fetch it with`)));
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(errors.trim().split('\n').pop() || `${command} ended with ${code}`));
    });
  });
}
