import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { eventsOf, newEvent, newEvents } from './conformance-events.js';
import { eventLogConformance } from './event-log.conformance.js';
import { LogInUseError } from './log-errors.js';
import { openSqliteEventLog } from './sqlite-event-log.js';

let directory: string;
const file = () => path.join(directory, 'data', 'log.sqlite');
beforeEach(() => void (directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-log-'))));
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

eventLogConformance('the SQLite log', {
  open: (options) => openSqliteEventLog(file(), options),
  reopen: () => openSqliteEventLog(file()),
});

describe('the SQLite log', () => {
  it('refuses a second writer with a clear error, and lets it in when the first has closed', async () => {
    const first = await openSqliteEventLog(file());
    await expect(openSqliteEventLog(file())).rejects.toThrow(LogInUseError);
    await expect(openSqliteEventLog(file())).rejects.toThrow(/already has a writer/);
    await first[Symbol.asyncDispose]();
    await using second = await openSqliteEventLog(file());
    expect(await second.head()).toBe(0);
  });

  it('12 writes all events of an append or none when the database fails between them', async () => {
    await using log = await openSqliteEventLog(file());
    await log.append('a-1', newEvents(1), 'none');
    using saboteur = new DatabaseSync(file());
    saboteur.exec(`CREATE TRIGGER fail BEFORE INSERT ON events WHEN NEW.type = 'Fails' BEGIN SELECT RAISE(ABORT, 'sabotage'); END`);
    const together = [log.append('a-2', newEvents(2), 'none'), log.append('a-1', [newEvent(), newEvent('Fails')], 0)];
    expect((await Promise.allSettled(together)).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    saboteur.exec('DROP TRIGGER fail');
    expect(await log.head()).toBe(1);
    expect(await log.append('a-1', newEvents(2), 0)).toEqual({ appended: { revision: 2, position: 3 } });
    expect(await eventsOf(log, 'a-2')).toEqual([]);
  });

  it('writes the appends of one turn together and judges each on its own', async () => {
    await using log = await openSqliteEventLog(file());
    const appends = [log.append('a-1', newEvents(2), 'none'), log.append('a-1', newEvents(1), 'none'), log.append('a-1', newEvents(1), 1)];
    expect(await Promise.all(appends)).toEqual([
      { appended: { revision: 1, position: 2 } },
      { conflict: { actualRevision: 1 } },
      { appended: { revision: 2, position: 3 } },
    ]);
  });
});
