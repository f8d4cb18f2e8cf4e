import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** How long a signal to the whole process group may take to reach the witness. */
const GROUP_SIGNAL_MS = 250;
/** One Ctrl-C comes twice, from the terminal and from npm; a second one by hand comes later. */
const SAME_SIGNAL_MS = 1_000;

/** What a shell answers for a process that died of a signal. */
export const signalExitCode = (signal) => 128 + constants.signals[signal];

/**
 * Runs a command with our own input and output and waits for its end, however long it takes to stop.
 * A signal reaches it exactly once: from the terminal or whoever signalled the group, else from us.
 * Returns `{ code, stoppedBy }`: code is 128 + n when it died of signal n; stoppedBy is the signal we were sent meanwhile.
 */
export async function runChild(command, args, options) {
  const child = spawn(command, args, { stdio: 'inherit', ...options });
  let stoppedBy;
  const stopListening = onEachSignal(
    (signal) => (stoppedBy = signal),
    (signal) => child.kill(signal),
  );
  try {
    const { code, signal } = await ended(child);
    return { code: code ?? signalExitCode(signal), stoppedBy };
  } finally {
    stopListening();
  }
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Tells `meant` of each signal somebody means, however many times it is delivered, and `missed` when it came to us alone. */
function onEachSignal(meant, missed) {
  let witness = groupWitness();
  const lastAt = new Map();
  const listeners = SIGNALS.map((signal) => {
    const listener = () => {
      const now = Date.now();
      if (now - (lastAt.get(signal) ?? -Infinity) < SAME_SIGNAL_MS) return;
      lastAt.set(signal, now);
      meant(signal);
      setTimeout(async () => {
        const asked = witness;
        if (!(await asked.isGone())) missed(signal);
        else if (witness === asked) witness = groupWitness();
      }, GROUP_SIGNAL_MS);
    };
    process.on(signal, listener);
    return [signal, listener];
  });
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
    witness.dismiss();
  };
}

/**
 * A process of our group that does nothing but die of a signal: nothing else tells whether a signal was sent to the group, and so reached
 * the child already, or to us alone. It ends by itself when we do.
 */
function groupWitness() {
  const witness = spawn('cat', [], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => {
    witness.once('error', () => resolve(false));
    witness.once('exit', () => resolve(true));
  });
  witness.stdin.on('error', () => {});
  witness.unref();
  witness.stdin.unref?.();
  witness.stdout.unref?.();
  /** A signal that was sent to it ends it before it answers, however long either takes on a busy machine. */
  const answered = () =>
    new Promise((resolve) => {
      witness.stdout.once('data', () => resolve(false));
      witness.stdin.write('?');
    });
  return { isGone: () => Promise.race([ended, answered()]), dismiss: () => witness.stdin.destroy() };
}
