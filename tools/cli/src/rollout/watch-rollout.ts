import { CliError, EXIT_CODES } from '../exit-codes.js';
import type { GraphClient } from '../graph/graph-client.js';
import type { Invocation } from '../invocation.js';
import { followChanges } from '../waiting/follow-changes.js';
import { endOf, ROLLOUT_PROGRESS, type RolloutProgress } from './rollout-progress.js';
import { rolloutFrame, rolloutLine, type View } from './rollout-view.js';

/** Progress as it is now. */
export async function rolloutProgress(graph: GraphClient, id: string): Promise<RolloutProgress> {
  const { deployment } = await graph.ask(ROLLOUT_PROGRESS, { id });
  if (deployment === null) throw new CliError(EXIT_CODES.endedOtherwise, 'ENDED_OTHERWISE', 'the deployment is gone');
  return deployment;
}

/**
 * Shows progress until the rollout has ended: drawn over on a terminal, else one line, or one JSON object, per change.
 * @throws CliError ENDED_OTHERWISE when it did not end well, TIMED_OUT when it had not ended in time.
 */
export async function watchRollout(invocation: Invocation, graph: GraphClient, deploymentId: string, limitMs: number | null): Promise<void> {
  const { terminal, machine, printOneOfMany, isForPeople } = invocation;
  const isDrawn = terminal.isLive && isForPeople();
  let told = '';
  for await (const progress of followChanges({ graph, deploymentId, machine, ask: () => rolloutProgress(graph, deploymentId), limitMs })) {
    const line = rolloutLine(progress);
    if (isDrawn) terminal.draw(rolloutFrame(progress, viewOf(invocation)));
    else if (line !== told) printOneOfMany({ data: progress, text: () => `${new Date(machine.nowMs()).toISOString()} ${line}` });
    told = line;
    const { rollout } = progress;
    const end = rollout === null ? null : endOf(rollout);
    if (end === null) continue;
    terminal.draw(null);
    if (end === 'well') return;
    throw new CliError(EXIT_CODES.endedOtherwise, 'ENDED_OTHERWISE', `the rollout ended with ${rollout?.status ?? 'nothing'}${rollout?.reason == null ? '' : `: ${rollout.reason}`}`);
  }
  terminal.draw(null);
  throw new CliError(EXIT_CODES.timedOut, 'TIMED_OUT', 'the rollout had not ended when the time was up', 'it goes on without the watching; watch again, or give a longer --wait-limit');
}

export const viewOf = ({ terminal, machine }: Invocation): View => ({ nowMs: machine.nowMs(), columns: terminal.columns, colours: terminal.colours });
