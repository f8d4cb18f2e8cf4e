import { randomUUID } from 'node:crypto';
import { openMemoryEventLog, type EventLog } from '@slipway/event-log';
import { until } from '../testing/until.js';
import { followed, nowIn } from './followed-facts.js';

let log: EventLog;
beforeEach(() => void (log = openMemoryEventLog()));
afterEach(() => log[Symbol.asyncDispose]());

const wrote = async (type: string): Promise<void> => void (await log.append(`stream-${type}`, [{ id: randomUUID(), type, version: 1, data: {}, metadata: {} }], 'none'));

describe('facts that are followed from now on', () => {
  it('are all that were recorded since it was settled where to begin, and no others', async () => {
    await wrote('Earlier');
    const after = await nowIn(log, undefined);
    await wrote('Between');
    const taken: string[] = [];
    const stop = followed(log, { after }, Promise.resolve(), () => undefined, ({ type }) => void taken.push(type));
    await wrote('Later');
    await until('the later one', () => taken.includes('Later'));
    expect(taken).toEqual(['Between', 'Later']);
    stop();
  });

  it('are not begun to be followed for somebody who left meanwhile', async () => {
    const leaving = new AbortController();
    const position = nowIn(log, leaving.signal);
    leaving.abort(new Error('left'));
    await expect(position).rejects.toThrow('left');
  });
});
