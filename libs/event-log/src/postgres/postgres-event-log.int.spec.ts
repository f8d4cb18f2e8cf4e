import { eventLogConformance } from '../event-log.conformance.js';
import { LogClosedError } from '../log-errors.js';
import { snapshotsConformance } from '../snapshots.conformance.js';
import { openPostgresEventLog } from './postgres-event-log.js';
import { openPostgresSnapshots } from './postgres-snapshots.js';
import { withPostgres } from './testing/postgres-lab.js';

withPostgres('on Postgres', false, (lab) => {
  let place: ReturnType<typeof lab.newPlace>;
  eventLogConformance('the Postgres log', {
    open: (options) => openPostgresEventLog({ ...(place = lab.newPlace()), ...options }),
    reopen: () => openPostgresEventLog(place),
  });

  it('answers what was asked of it before it was closed, and nothing after', async () => {
    const log = await openPostgresEventLog(lab.newPlace());
    await log.head(); // a connection is idle now: the next one to ask waits for its turn
    const asked = log.head();
    await log[Symbol.asyncDispose]();
    expect(await asked).toBe(0);
    await expect(log.head()).rejects.toThrow(LogClosedError);
  });

  snapshotsConformance('Postgres', () => openPostgresSnapshots(lab.newPlace()));

  describe('snapshots on Postgres', () => {
    it('are shared by all who open them, and are not trusted when somebody changed them', async () => {
      const shared = lab.newPlace();
      const snapshot = { streamId: 'a-1', version: '1', revision: 999, eventId: 'id', state: { sum: 1 } };
      await using snapshots = await openPostgresSnapshots(shared);
      await using other = await openPostgresSnapshots(shared);
      for (const change of [`state = '{"sum":2}'`, `revision = 998`, `event_id = 'other'`, `hash = ''`]) {
        await snapshots.save(snapshot);
        expect(await other.load('a-1', '1')).toEqual(snapshot);
        await lab.sql(`UPDATE ${shared.schema}.snapshots SET ${change}`);
        expect(await other.load('a-1', '1')).toBeNull();
      }
    });
  });
});
