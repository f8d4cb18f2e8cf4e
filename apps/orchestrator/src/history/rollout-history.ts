import { parseEventAs, streams } from '@slipway/contracts';
import { rolloutRows, type DeploymentEvent, type RolloutEvent, type RolloutRow } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';

const parseDeployment = parseEventAs<DeploymentEvent>();
const parseRollout = parseEventAs<RolloutEvent>();

/** The rollouts of a deployment as they were at an instant, newest first, told from the log. A rollout has the id of its activation. */
export async function rolloutsAt(log: EventLogReader, deploymentId: string, atMs: number, limit: number): Promise<readonly RolloutRow[]> {
  const found: RolloutRow[] = [];
  for (const activationId of (await activationsUntil(log, deploymentId, atMs)).toReversed()) {
    if (found.length >= limit) break;
    const row = await rolloutAt(log, activationId, atMs);
    if (row !== null) found.push(row); // an activation may have been asked for and not begun
  }
  return found;
}

async function activationsUntil(log: EventLogReader, deploymentId: string, atMs: number): Promise<readonly string[]> {
  const read = await log.readStream(streams.deployment(deploymentId));
  const ids: string[] = [];
  if ('notFound' in read) return ids;
  for await (const recorded of read.found) {
    if (recorded.recordedAtMs > atMs) break;
    if (recorded.type !== 'RevisionActivationRequested') continue;
    const event = parseDeployment(recorded);
    if (event.type === 'RevisionActivationRequested') ids.push(event.activationId);
  }
  return ids;
}

async function rolloutAt(log: EventLogReader, rolloutId: string, atMs: number): Promise<RolloutRow | null> {
  const read = await log.readStream(streams.rollout(rolloutId));
  let row: RolloutRow | null = null;
  if ('notFound' in read) return row;
  for await (const recorded of read.found) {
    if (recorded.recordedAtMs > atMs) break;
    row = rolloutRows.apply(row, parseRollout(recorded), rolloutId);
  }
  return row;
}
