import { parseEventAs, streams } from '@slipway/contracts';
import { fold, scaling, type LivingScalingRule, type ScalingEvent } from '@slipway/domain';
import type { EventLogReader } from '@slipway/event-log';

const parse = parseEventAs<ScalingEvent>();

export type Evaluation = Extract<ScalingEvent, { type: 'ScaleEvaluated' }> & { readonly change: Extract<ScalingEvent, { type: 'ReplicasDesiredChanged' }> | null };

/** The rules as they were at an instant of the log's clock. */
export async function rulesAt(log: EventLogReader, deploymentId: string, atMs: number): Promise<readonly LivingScalingRule[]> {
  const read = await log.readStream(streams.scaling(deploymentId));
  if ('notFound' in read) return [];
  const events: ScalingEvent[] = [];
  for await (const recorded of read.found) {
    if (recorded.recordedAtMs > atMs) break;
    events.push(parse(recorded));
  }
  return fold(scaling, events).rules;
}

/** Newest first, from before an instant of the log's clock. */
export async function evaluationsBefore(log: EventLogReader, deploymentId: string, atMs: number, limit: number): Promise<readonly Evaluation[]> {
  const read = await log.readStream(streams.scaling(deploymentId), { direction: 'backwards' });
  if ('notFound' in read || limit === 0) return [];
  const found: Evaluation[] = [];
  let change: Evaluation['change'] = null;
  for await (const recorded of read.found) {
    const event = parse(recorded);
    // A change stands behind the evaluation it rests on.
    if (event.type === 'ReplicasDesiredChanged') change = event;
    if (event.type !== 'ScaleEvaluated') continue;
    if (recorded.recordedAtMs <= atMs) found.push({ ...event, change: change?.atMs === event.atMs ? change : null });
    if (found.length === limit) break;
  }
  return found;
}
