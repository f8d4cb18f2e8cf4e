import { parseEventAs, serializeEvent, streams, type SlipwayEvent } from '@slipway/contracts';
import { access, deployment, deploymentStatus, replica, type Decider } from '@slipway/domain';
import { handleCommand, openSqliteEventLog, type Aggregate, type EventLog } from '@slipway/event-log';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

export type ServedModel = { readonly name: string; readonly upstreamPort: number };

/**
 * Makes a data directory as the control plane would leave it when these models serve, each with one ready replica, so
 * that the real proxy process follows a real log with everything on. Answers a token for each model, in order.
 */
export async function installModels(dataDir: string, models: readonly ServedModel[]): Promise<readonly string[]> {
  writeFileSync(path.join(dataDir, 'master-key'), `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  await using log = await openSqliteEventLog(path.join(dataDir, 'log.sqlite'));
  const tokens: string[] = [];
  for (const [index, model] of models.entries()) tokens.push(await serve(log, model, index));
  return tokens;
}

async function serve(log: EventLog, { name, upstreamPort }: ServedModel, index: number): Promise<string> {
  const id = (kind: number): string => `0198a000-0000-7000-800${kind}-${String(index).padStart(12, '0')}`;
  const [deploymentId, revisionId, activationId, replicaId, tokenId] = [id(1), id(2), id(3), id(4), id(5)];
  const token = `slipway_${randomBytes(24).toString('base64url')}`;
  const hash = createHash('sha256').update(token).digest('hex');
  const atMs = Date.now();
  await tell(log, deployment, streams.deployment(deploymentId), {
    type: 'CreateDeployment',
    deploymentId,
    name,
    domain: 'default',
    project: 'default',
    createdBy: 'bench',
    openToPublic: false,
    preferredDomainName: null,
    tags: [],
    strategy: { type: 'ROLLING', config: { maxSurge: 1, maxUnavailable: 0 } },
    desiredReplicaCount: 1,
    initialRevision: { revisionId, contentHash: hash, activationId },
    atMs,
  });
  await tell(log, replica, streams.replica(replicaId), { type: 'RequestReplica', replicaId, deploymentId, revisionId, name: `${name}-0`, ordinal: 0, atMs });
  const endpoint = `http://127.0.0.1:${upstreamPort}`;
  await tell(log, replica, streams.replica(replicaId), { type: 'RecordLaunch', attempt: 1, endpoint, handle: 'bench', atMs });
  await tell(log, replica, streams.replica(replicaId), { type: 'RecordReady', attempt: 1, atMs });
  await tell(log, deploymentStatus, streams.status(deploymentId), { type: 'ChangeRouting', weights: [{ revisionId, weightPercent: 100 }], mirror: null, atMs });
  const about = { tokenId, deploymentId, name: 'bench', hash, prefix: token.slice(0, 12), createdBy: 'bench', expiresAtMs: null, mayPinRevisions: false, atMs };
  await tell(log, access, streams.access(deploymentId), { type: 'CreateAccessToken', ...about });
  return token;
}

async function tell<State, Command extends { readonly type: string }, Event extends SlipwayEvent, Rejection>(
  log: EventLog,
  decider: Decider<State, Command, Event, Rejection>,
  streamId: string,
  command: Command,
): Promise<void> {
  const aggregate: Aggregate<State, Command, Event, Rejection> = { decider, parse: parseEventAs<Event>(), serialize: serializeEvent };
  const outcome = await handleCommand(log, aggregate, streamId, command, { commandId: `${streamId}-${command.type}` });
  if ('rejected' in outcome) throw new Error(`${command.type} was refused: ${JSON.stringify(outcome.rejected)}`);
}
