import { serializeEvent } from '@slipway/contracts';
import type { EventLog, NewEvent } from '@slipway/event-log';
import { randomUUID } from 'node:crypto';
import { DeploymentLife } from '../log/deployment-life.js';

/** One of so many deployments lives long, some 190 events: four revisions, rolling updates, crashes. The others are deleted before anything of them runs. */
const LONG_LIFE_EVERY = 100;
/** Callers at once; each waits for its append before its next. */
export const WRITERS = 256;
/** What the process whose takeover is measured is called; it has an instance for each deployment. */
export const WATCHER = 'watcher';

/** What one command wrote. */
export type LifeAppend = { readonly streamId: string; readonly events: readonly NewEvent[]; readonly expected: number };

/** A deployment's appends, in order; and then what the watcher wrote of it. */
export type Life = { readonly key: number; readonly appends: readonly LifeAppend[] };

export function livesOf(firstKey: number, count: number): readonly Life[] {
  return Array.from({ length: count }, (_, index) => lifeOf(firstKey + index));
}

function lifeOf(key: number): Life {
  const revisions = new Map<string, number>();
  const appends: (LifeAppend & { readonly events: NewEvent[] })[] = [];
  const lived = key % LONG_LIFE_EVERY === 0 ? DeploymentLife.of(key) : DeploymentLife.brief(key);
  for (const { streamId, event } of lived) {
    const expected = revisions.get(streamId) ?? -1;
    revisions.set(streamId, expected + 1);
    const commandId = randomUUID();
    const recorded = { ...serializeEvent(event), id: randomUUID(), metadata: { actor: 'admin', correlationId: commandId, commandId } };
    const last = appends.at(-1);
    if (last?.streamId === streamId) last.events.push(recorded); // one command's events, or two commands' right after another
    else appends.push({ streamId, events: [recorded], expected });
  }
  return { key, appends };
}

/** Each writer takes the next deployment when it is done with one. Answers the events written. */
export async function writeLives(log: EventLog, lives: readonly Life[]): Promise<number> {
  const waiting = lives.values();
  let written = 0;
  const write = async (): Promise<void> => {
    for (const life of waiting) {
      const events = await writeLife(log, life);
      written += events;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  return written;
}

async function writeLife(log: EventLog, { key, appends }: Life): Promise<number> {
  let events = 0;
  let createdAt = 0;
  for (const { streamId, events: news, expected } of appends) {
    const position = await appendAll(log, streamId, news, expected);
    if (news.some(({ type }) => type === 'DeploymentCreated')) createdAt = position;
    events += news.length;
  }
  const records = watcherRecords(`process-${WATCHER}-${key}`, createdAt);
  await appendAll(log, `process-${WATCHER}-${key}`, records, -1);
  return events + records.length;
}

async function appendAll(log: EventLog, streamId: string, events: readonly NewEvent[], expected: number): Promise<number> {
  const outcome = await log.append(streamId, events, expected);
  if (!('appended' in outcome)) throw new Error(`${streamId} was not at revision ${expected}: ${JSON.stringify(outcome)}`);
  return outcome.appended.position;
}

/** As a runner writes them: a fact taken that called for one effect, and that this was performed. */
export function watcherRecords(streamId: string, sourcePosition: number): readonly NewEvent[] {
  const metadata = { actor: `process/${WATCHER}`, causationId: randomUUID() };
  const taken = { sourcePosition, input: { sourcePosition }, takenAtMs: Date.UTC(2026, 0, 1), timers: [], effects: [{ type: 'note' }] };
  return [
    { id: randomUUID(), type: 'ProcessInputTaken', version: 1, data: taken, metadata },
    { id: randomUUID(), type: 'ProcessEffectPerformed', version: 1, data: { effectId: `${streamId}/0/0` }, metadata },
  ];
}
