import { bucketOf, type Caller, type Route } from '@slipway/domain';
import { hash } from 'node:crypto';

/** Of a longer key this much is looked at: the same key still goes the same way. */
const KEY_LENGTH_MAX = 1_024;

/** The bucket of a request's routing key, null without one. */
export function routingBucket(route: Route, sessionId: string | null, user: string | null, caller: Caller): number | null {
  if (route.stickiness === 'none') return null;
  const key = sessionId ?? user ?? (route.stickiness === 'token' && caller.type === 'holder' ? caller.grant.tokenId : null);
  return key === null ? null : bucketOfKey(route.deploymentId, key);
}

export function bucketOfKey(deploymentId: string, key: string): number {
  const text = key.length > KEY_LENGTH_MAX ? key.slice(0, KEY_LENGTH_MAX) : key;
  return bucketOf(hash('sha256', deploymentId + text, 'buffer').readUInt32BE(0));
}

/** Whether buckets make a difference: more than one revision has weight, or some requests are mirrored. */
export function splitsByBucket({ revisions, mirror }: Route): boolean {
  if (mirror !== null) return true;
  let weighted = 0;
  for (const { weightPercent } of revisions) if (weightPercent > 0) weighted += 1;
  return weighted > 1;
}
