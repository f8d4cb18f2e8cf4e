import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * The engine's parent: small, outlives us, and writes down how the engine ended, which only a parent is told.
 * The text is constant; what varies arrives as positional arguments, which a shell never reads as script.
 *
 * 1. Claims the attempt: of two wrappers for one attempt, however they came to be, one runs an engine.
 *    The claim names the process and its start time, so no moment exists in which an engine runs unrecorded.
 * 2. Runs the engine in its own process group and hands SIGTERM on to it alone. The trap comes after the fork: a child that
 *    inherited it would swallow a signal that arrives before its exec. A signal before the trap ends the wrapper, and what is
 *    left of the group is killed like everything without a wrapper.
 * 3. Writes the exit code, then kills the group, itself included: what an engine leaves behind dies with it.
 *
 * It prints nothing of its own: the log is the engine's. Its variables carry a prefix because the engine's environment is also the shell's.
 */
const WRAPPER = `
slipway_claim=$1; slipway_exit=$2; shift 2
slipway_stat=
{ read -r slipway_stat </proc/self/stat; } 2>/dev/null
set -C
{ printf '%s %s\\n' "$$" "$slipway_stat" >"$slipway_claim"; } 2>/dev/null || exit 75
set +C
exec "$@" &
slipway_engine=$!
trap 'kill -s TERM "$slipway_engine"' TERM INT HUP
exec 2>/dev/null
while :; do
  wait "$slipway_engine"
  slipway_code=$?
  [ "$slipway_code" -gt 128 ] && kill -0 "$slipway_engine" || break
done
printf '%s\\n' "$slipway_code" >"$slipway_exit"
kill -s KILL -- "-$$"
`;

const SHELL = '/bin/sh';
/** Position of the claim path in the wrapper's command line: sh -c <script> sh <claim> <exit> … */
export const WRAPPER_CLAIM_WORD = 4;

export type SupervisedCommand = {
  /** `argv[0]` is an absolute path. */
  readonly argv: readonly string[];
  readonly environ: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly claimPath: string;
  readonly exitPath: string;
  /** Both outputs go there. */
  readonly logFd: number;
};

/** Starts the wrapper detached: own session and group, no terminal, no pipe to us. Rejects when it cannot be started. */
export async function spawnSupervised(command: SupervisedCommand): Promise<ChildProcess> {
  const child = spawn(SHELL, ['-c', WRAPPER, 'sh', command.claimPath, command.exitPath, ...command.argv], {
    cwd: command.cwd,
    env: { ...command.environ },
    stdio: ['ignore', command.logFd, command.logFd],
    detached: true,
  });
  child.unref();
  await once(child, 'spawn');
  return child;
}
