import { hash } from 'node:crypto';

/** By which a stored snapshot that somebody changed is found out. `state` is its text as stored. */
export function snapshotHash(streamId: string, version: string, revision: number, eventId: string, state: string): string {
  return hash('sha256', JSON.stringify([streamId, version, revision, eventId, state]), 'hex');
}
