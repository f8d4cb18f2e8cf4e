import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { snapshotsConformance } from './snapshots.conformance.js';
import { openSqliteSnapshots } from './sqlite-snapshots.js';

let directory: string;
const file = () => path.join(directory, 'snapshots.sqlite');
beforeEach(() => void (directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-snapshots-'))));
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

const snapshot = { streamId: 'a-1', version: '1', revision: 999, eventId: 'id', state: { sum: 1 } };

snapshotsConformance('an SQLite file', () => openSqliteSnapshots(file()));

describe('snapshots in an SQLite file', () => {
  it('survive a restart', async () => {
    {
      await using snapshots = await openSqliteSnapshots(file());
      await snapshots.save(snapshot);
    }
    await using snapshots = await openSqliteSnapshots(file());
    expect(await snapshots.load('a-1', '1')).toEqual(snapshot);
  });

  it('are not trusted when somebody changed them', async () => {
    await using snapshots = await openSqliteSnapshots(file());
    for (const change of [`state = '{"sum":2}'`, `revision = 998`, `event_id = 'other'`, `hash = ''`]) {
      await snapshots.save(snapshot);
      using editor = new DatabaseSync(file());
      editor.exec(`UPDATE snapshots SET ${change}`);
      expect(await snapshots.load('a-1', '1')).toBeNull();
    }
  });

  it('are begun anew when the file is damaged or not theirs', async () => {
    for (const damage of [Buffer.from('not a database at all, though long enough to look at. '.repeat(100)), Buffer.alloc(8_192, 7)]) {
      fs.writeFileSync(file(), damage);
      await using snapshots = await openSqliteSnapshots(file());
      expect(await snapshots.load('a-1', '1')).toBeNull();
      await snapshots.save(snapshot);
      expect(await snapshots.load('a-1', '1')).toEqual(snapshot);
    }
  });
});
