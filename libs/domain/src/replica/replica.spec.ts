import { accept, reject } from '../decider.js';
import { given } from '../given-when-then.js';
import {
  CRASH_LOOP_EXITS_MAX,
  replica,
  RESTART_BACKOFF_BASE_MS,
  RESTART_BACKOFF_MAX_MS,
  STEADY_AFTER_MS,
  restartBackoffMs,
  type ReplicaPhase,
} from './replica.js';
import type { ReplicaCommand, ReplicaEvent } from './replica-events.js';

const of = { deploymentId: 'd', revisionId: 'r', atMs: 1 };
const request: ReplicaCommand = { type: 'RequestReplica', replicaId: 'x', ...of, name: 'n', ordinal: 0 };
const requested: ReplicaEvent = { ...request, type: 'ReplicaRequested' };
const launch = (attempt: number): ReplicaCommand => ({ type: 'RecordLaunch', attempt, endpoint: 'http://127.0.0.1:1', handle: 'h', atMs: 1 });
const launched = (attempt: number): ReplicaEvent => ({ type: 'ReplicaLaunched', ...of, attempt, endpoint: 'http://127.0.0.1:1', handle: 'h' });
const ready = (attempt: number): ReplicaEvent => ({ type: 'ReplicaReady', ...of, attempt });
const unready: ReplicaEvent = { type: 'ReplicaUnready', ...of, attempt: 1, reason: 'health' };
const ending = { exitCode: 1, signal: null, lastLines: ['boom'] };
const exit = (attempt: number): ReplicaCommand => ({ type: 'RecordExit', attempt, ...ending, atMs: 1000 });
const exited = (attempt: number, restartAtMs = 1000): ReplicaEvent => ({ type: 'ReplicaExited', ...of, atMs: 1000, attempt, ...ending, restartAtMs });
const drain: ReplicaCommand = { type: 'DrainReplica', reason: 'rollout', limitMs: 500, atMs: 1 };
const draining: ReplicaEvent = { type: 'ReplicaDraining', ...of, reason: 'rollout', deadlineMs: 501 };
const drained = (forced: boolean, inFlight: number): ReplicaEvent => ({ type: 'ReplicaDrained', ...of, forced, inFlight });
const stopped: ReplicaEvent = { type: 'ReplicaStopped', ...of };
const failed: ReplicaEvent = { type: 'ReplicaFailed', ...of, errorData: { reason: 'LAUNCH_FAILED', message: 'm', ...ending } };

const HISTORIES: Readonly<Record<ReplicaPhase, readonly ReplicaEvent[]>> = {
  absent: [],
  requested: [requested],
  launched: [requested, launched(1)],
  ready: [requested, launched(1), ready(1)],
  unready: [requested, launched(1), ready(1), unready],
  restarting: [requested, launched(1), exited(1)],
  draining: [requested, launched(1), ready(1), draining],
  drained: [requested, launched(1), ready(1), draining, drained(false, 0)],
  stopped: [requested, launched(1), ready(1), draining, drained(false, 0), stopped],
  failed: [requested, failed],
};
const phases = Object.keys(HISTORIES) as ReplicaPhase[];
const at = (phase: ReplicaPhase) => given(replica, ...HISTORIES[phase]);

describe('a replica', () => {
  it.each(phases)('is in phase %s after its history', (phase) => {
    expect(at(phase).state.phase).toBe(phase);
  });

  it('is requested once, and nothing is known of it before', () => {
    expect(given(replica).when(request)).toEqual(accept(requested));
    expect(given(replica).when(launch(1))).toEqual(reject({ type: 'NoSuchReplica' }));
    for (const phase of phases.slice(1)) expect(at(phase).when(request)).toEqual(accept());
  });

  it('becomes ready from launched or unready alone', () => {
    const command: ReplicaCommand = { type: 'RecordReady', attempt: 1, atMs: 1 };
    expect(at('launched').when(command)).toEqual(accept(ready(1)));
    expect(at('unready').when(command)).toEqual(accept(ready(1)));
    for (const phase of ['ready', 'restarting', 'draining', 'drained', 'stopped'] as const) expect(at(phase).when(command)).toEqual(accept());
  });

  it('becomes unready from ready alone', () => {
    const command: ReplicaCommand = { type: 'RecordUnready', attempt: 1, reason: 'health', atMs: 1 };
    expect(at('ready').when(command)).toEqual(accept(unready));
    for (const phase of ['launched', 'unready', 'restarting', 'draining', 'drained'] as const) expect(at(phase).when(command)).toEqual(accept());
  });

  it('refuses what was seen of an earlier start', () => {
    const second = given(replica, ...HISTORIES.restarting, launched(2));
    for (const command of [launch(1), exit(1), { type: 'RecordReady', attempt: 1, atMs: 1 }, { type: 'RecordUnready', attempt: 1, reason: '', atMs: 1 }] as const)
      expect(second.when(command)).toEqual(reject({ type: 'StaleAttempt', attempt: 2 }));
    expect(second.when(launch(2))).toEqual(accept());
  });

  it('restarts after an exit, at once the first time and then later and later', () => {
    expect(at('ready').when(exit(1))).toEqual(accept(exited(1)));
    expect(at('restarting').when(exit(1))).toEqual(accept());
    expect(given(replica, ...HISTORIES.restarting, launched(2)).when(exit(2))).toEqual(accept(exited(2, 1000 + RESTART_BACKOFF_BASE_MS)));
    expect([1, 2, 3, 4, 20].map(restartBackoffMs)).toEqual([
      0,
      RESTART_BACKOFF_BASE_MS,
      2 * RESTART_BACKOFF_BASE_MS,
      4 * RESTART_BACKOFF_BASE_MS,
      RESTART_BACKOFF_MAX_MS,
    ]);
  });

  const crashes = (count: number): ReplicaEvent[] => Array.from({ length: count }, (_, index) => [launched(index + 1), exited(index + 1)]).flat();

  it('S1.69: is given up as a crash loop, with exit code and last lines, when it keeps ending before it is ready', () => {
    const last = given(replica, requested, ...crashes(CRASH_LOOP_EXITS_MAX - 1), launched(CRASH_LOOP_EXITS_MAX));
    expect(last.when(exit(CRASH_LOOP_EXITS_MAX))).toEqual(
      accept({
        ...failed,
        atMs: 1000,
        errorData: { reason: 'CRASH_LOOP', message: `the engine ended ${CRASH_LOOP_EXITS_MAX} times in a row without serving steadily`, ...ending },
      }),
    );
  });

  it('counts exits anew once it has served steadily, and goes on counting when it only just became ready', () => {
    const attempt = CRASH_LOOP_EXITS_MAX;
    const history = [requested, ...crashes(attempt - 1), launched(attempt)];
    const justReady = given(replica, ...history, { ...ready(attempt), atMs: 1000 - 1 });
    expect(justReady.when(exit(attempt))).toMatchObject({ accepted: [{ type: 'ReplicaFailed' }] });
    const steady = given(replica, ...history, { ...ready(attempt), atMs: 1000 - STEADY_AFTER_MS });
    expect(steady.when(exit(attempt))).toEqual(accept(exited(attempt)));
  });

  it('does not count an end that nobody saw', () => {
    const attempt = CRASH_LOOP_EXITS_MAX;
    const last = given(replica, requested, ...crashes(attempt - 1), launched(attempt));
    expect(last.when({ type: 'RecordExit', attempt, exitCode: null, signal: null, lastLines: [], atMs: 1000 })).toMatchObject({ accepted: [{ type: 'ReplicaExited' }] });
  });

  it.each(['launched', 'ready', 'unready'] as const)('drains from %s: keeps its requests until they end or the limit is reached', (phase) => {
    const story = at(phase);
    expect(story.when(drain)).toEqual(accept(draining));
    expect(story.when(drain)).toEqual(accept());
    expect(story.when({ type: 'RecordDrained', forced: true, inFlight: 2, atMs: 1 })).toEqual(accept(drained(true, 2)));
    expect(story.when({ type: 'RecordStopped', atMs: 1 })).toEqual(accept(stopped));
    expect(story.when({ type: 'RecordStopped', atMs: 1 })).toEqual(accept());
  });

  it.each(['requested', 'restarting'] as const)('has nothing to drain when no engine runs (%s)', (phase) => {
    expect(at(phase).when(drain)).toEqual(accept<ReplicaEvent>(draining, drained(false, 0)));
  });

  it('is drained by force when its engine ends while it drains', () => {
    expect(at('draining').when(exit(1))).toEqual(accept({ ...drained(true, 0), atMs: 1000 }));
    expect(at('drained').when(exit(1))).toEqual(accept());
  });

  it('is not started again once it is leaving', () => {
    for (const phase of ['draining', 'drained'] as const) expect(at(phase).when(launch(2))).toEqual(accept());
  });

  it('is stopped only after it was drained', () => {
    for (const phase of ['requested', 'launched', 'ready', 'unready', 'restarting', 'draining'] as const)
      expect(at(phase).when({ type: 'RecordStopped', atMs: 1 })).toEqual(accept());
  });

  it.each(['stopped', 'failed'] as const)('is over when it is %s: late news changes nothing', (phase) => {
    const late: ReplicaCommand[] = [launch(9), exit(1), drain, { type: 'RecordStopped', atMs: 1 }];
    for (const command of late) expect(at(phase).when(command)).toEqual(accept());
  });

  it('can be given up at any time until then', () => {
    const giveUp: ReplicaCommand = { type: 'GiveUpReplica', errorData: { reason: 'LAUNCH_FAILED', message: 'm', ...ending }, atMs: 1 };
    for (const phase of phases.slice(1, 8)) expect(at(phase).when(giveUp)).toEqual(accept(failed));
  });

  it('begins once', () => {
    expect(() => given(replica, requested, requested)).toThrow('event ReplicaRequested cannot follow phase requested');
  });
});
