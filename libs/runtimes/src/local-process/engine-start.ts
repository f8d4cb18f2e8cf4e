import type { ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { secretMask, type EngineCommand } from '../engine-command.js';
import type { LaunchOutcome, LaunchRequest } from '../replica-runtime.js';
import { findExecutable } from './executable.js';
import type { PortLeases } from './port-leases.js';
import type { ProcessIdentity, ProcessTable } from './process-table.js';
import { ENDPOINT_VARIABLE, MARKER, STARTED_AT_VARIABLE } from './replica-finder.js';
import { openForAppend, type LaunchIntent, type RunFolder } from './run-folder.js';
import { spawnSupervised } from './supervised-spawn.js';

/** How long a wrapper may take to begin; a stopped or starved machine is slow, not broken. */
const CLAIM_WAIT_MAX_MS = 5000;
const CLAIM_POLL_MS = 5;

export type StartContext = {
  readonly folder: RunFolder;
  readonly host: string;
  readonly ports: PortLeases;
  readonly table: ProcessTable;
  readonly markerOf: (replicaId: string, attempt: number) => string;
  readonly nowMs: () => number;
};

export type StartedEngine = {
  readonly type: 'started';
  readonly intent: LaunchIntent;
  readonly process: ProcessIdentity;
  /** Null: another start of the same attempt was first. */
  readonly child: ChildProcess | null;
};

type Refused = Extract<LaunchOutcome, { type: 'refused' }>;

/** Writes the intent, then starts. The caller made sure that this attempt was never started. */
export async function startEngine(request: LaunchRequest, context: StartContext): Promise<StartedEngine | Refused> {
  const { folder, host, ports } = context;
  const port = await ports.acquire();
  if (port === null) return refused('no free loopback port was found', false);
  let isStarted = false;
  try {
    await folder.ensure();
    await mkdir(folder.workPath, { recursive: true, mode: 0o700 });
    const outcome = await request.command({ host, port, runFolder: folder.workPath });
    if (outcome.type === 'refused') return { ...outcome, isPermanent: true };
    const started = await start(request, outcome.command, port, context);
    isStarted = started.type === 'started';
    return started;
  } finally {
    if (!isStarted) ports.release(port);
  }
}

async function start(request: LaunchRequest, command: EngineCommand, port: number, context: StartContext): Promise<StartedEngine | Refused> {
  const { replicaId, attempt } = request;
  const { folder, host, nowMs } = context;
  const problem = unusable(command);
  if (problem !== null) return refused(problem, true);
  const cwd = command.cwd ?? folder.workPath;
  const [name = '', ...rest] = command.argv;
  const executable = await findExecutable(name, { path: command.environ['PATH'], cwd });
  if (executable === null) return refused(`"${name}" is no executable file${name.includes('/') ? '' : ' on the PATH'}`, true);

  const mask = secretMask(command);
  const intent: LaunchIntent = { replicaId, attempt, host, port, startedAtMs: nowMs(), argv: command.argv.map((word) => mask(word)) };
  await folder.writeLaunch(intent);
  await using log = await openForAppend(folder.logPath);
  const environ = {
    ...command.environ,
    [MARKER]: context.markerOf(replicaId, attempt),
    [ENDPOINT_VARIABLE]: `http://${host}:${port}`,
    [STARTED_AT_VARIABLE]: String(intent.startedAtMs),
  };
  const paths = { claimPath: folder.claimPath(attempt), exitPath: folder.exitPath(attempt) };
  const child = await spawnSupervised({ argv: [executable, ...rest], environ, cwd, ...paths, logFd: log.fd }).catch((error: Error) => error);
  if (child instanceof Error) return refused(`"${name}" could not be started: ${child.message}`, false);
  const process = await claimant(folder, attempt, child, context.table);
  return { type: 'started', intent, process, child: process.pid === child.pid ? child : null };
}

/** Who got to run the attempt: our child, but for a start that somebody killed before us left half done. */
async function claimant(folder: RunFolder, attempt: number, child: ChildProcess, table: ProcessTable): Promise<ProcessIdentity> {
  const deadline = performance.now() + CLAIM_WAIT_MAX_MS;
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null || performance.now() >= deadline;
  for (;;) {
    const isLastLook = isOver();
    const claimed = await folder.readClaim(attempt);
    if (claimed !== null) return claimed;
    const pid = child.pid ?? 0;
    if (isLastLook) return table.identify(pid) ?? { pid, startTicks: '' };
    await new Promise((resolve) => setTimeout(resolve, CLAIM_POLL_MS));
  }
}

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What the system would cut short or misread. */
function unusable({ argv, environ }: EngineCommand): string | null {
  if ([...argv, ...Object.values(environ)].some((text) => text.includes('\0'))) return 'the command holds a NUL character';
  const name = Object.keys(environ).find((key) => !VARIABLE_NAME.test(key));
  return name === undefined ? null : `"${name}" cannot be the name of an environment variable`;
}

function refused(message: string, isPermanent: boolean): Refused {
  return { type: 'refused', reason: 'LAUNCH_FAILED', message, isPermanent };
}
