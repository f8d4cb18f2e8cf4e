import { newEvents } from '../conformance-events.js';
import { CorruptLogError, LogRightsError, LogUnreachableError, LogVersionError } from '../log-errors.js';
import { openPostgresEventLog, openPostgresLogReader } from './postgres-event-log.js';
import { postgresLogSchemaSql } from './postgres-log-schema.js';
import { openPostgresSnapshots } from './postgres-snapshots.js';
import { withPostgres } from './testing/postgres-lab.js';
import { verifyPostgresLog } from './verify-postgres-log.js';

withPostgres('the guards of a Postgres log', false, (lab) => {
  let roles = 0;
  /** A role that may connect, and no more, and the place as it sees it. */
  async function newRole(place: ReturnType<typeof lab.newPlace>) {
    const role = `service_${++roles}`;
    await lab.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    return { role, place: { ...place, url: place.url.replace(/\/\/[^@]*@/, `//${role}:secret@`) } };
  }

  it('refuse UPDATE, DELETE and TRUNCATE of events to everybody, and any step backwards of the head', async () => {
    const place = lab.newPlace();
    await using log = await openPostgresEventLog(place);
    await log.append('a-1', newEvents(2), 'none');
    const events = `${place.schema}.events`;
    const head = `${place.schema}.head`;
    const forbidden = [
      `UPDATE ${events} SET type = 'Other'`,
      `DELETE FROM ${events}`,
      `TRUNCATE ${events}`,
      `SET session_replication_role = replica; DELETE FROM ${events}`,
      `DELETE FROM ${head}`,
      `TRUNCATE ${head}`,
      `UPDATE ${head} SET position = 1`,
      `UPDATE ${head} SET format = 2`,
    ];
    for (const sql of forbidden) await expect(lab.sql(sql)).rejects.toThrow(/the event log is append-only/);
    expect(await verifyPostgresLog(place)).toMatchObject({ position: 2 });
  });

  it('let a role that an administrator granted no more than the service needs write, read and keep snapshots', async () => {
    const owned = lab.newPlace();
    const { role, place } = await newRole(owned);
    await lab.sql(postgresLogSchemaSql(owned.schema, role));
    await lab.sql(postgresLogSchemaSql(owned.schema, role)); // again, as after an update
    await using log = await openPostgresEventLog(place);
    expect(await log.append('a-1', newEvents(1), 'none')).toEqual({ appended: { revision: 0, position: 1 } });
    await using snapshots = await openPostgresSnapshots(place);
    await snapshots.save({ streamId: 'a-1', version: '1', revision: 0, eventId: 'id', state: 1 });
    expect(await verifyPostgresLog(place)).toMatchObject({ position: 1 });
  });

  it('tell a role without the rights it needs what it lacks and what to do, in one line', async () => {
    const owned = lab.newPlace();
    const { role, place } = await newRole(owned);
    await expect(openPostgresEventLog(place)).rejects.toThrow(/permission denied for database slipway\. As the owner/);
    await lab.sql(postgresLogSchemaSql(owned.schema));
    await expect(openPostgresEventLog(place)).rejects.toThrow(LogRightsError);
    await lab.sql(`GRANT USAGE ON SCHEMA ${owned.schema} TO ${role}; GRANT SELECT ON ${owned.schema}.events, ${owned.schema}.head TO ${role}`);
    await expect(openPostgresEventLog(place)).rejects.toThrow(new RegExp(`the role ${role} lacks INSERT on events, UPDATE on head\\. As the owner of the schema, grant`));
    await expect(openPostgresEventLog(place)).rejects.toThrow(/^[^\n]*$/);
    await using reader = await openPostgresLogReader(place);
    expect(await reader.head()).toBe(0);
  });

  it('tell a wrong password, database, encoding and format apart, and never repeat the password', async () => {
    const place = lab.newPlace();
    await (await openPostgresEventLog(place))[Symbol.asyncDispose]();
    await lab.sql(`CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`);
    const url = new URL(place.url);
    const at = (change: (changed: URL) => void) => {
      const changed = new URL(url);
      change(changed);
      return openPostgresEventLog({ ...place, url: changed.href });
    };
    const wrongPassword = at((changed) => (changed.password = 'topsecret'));
    await expect(wrongPassword).rejects.toThrow(/password authentication failed.*Check the user and the password/);
    await expect(wrongPassword).rejects.not.toThrow(/topsecret/);
    await expect(at((changed) => (changed.pathname = '/nowhere'))).rejects.toThrow(/database "nowhere" does not exist/);
    await expect(at((changed) => (changed.pathname = '/latin'))).rejects.toThrow(LogVersionError);
    await expect(at((changed) => (changed.port = '1'))).rejects.toThrow(LogUnreachableError);
    await lab.sql(`ALTER TABLE ${place.schema}.head DISABLE TRIGGER USER; UPDATE ${place.schema}.head SET format = 99`);
    await expect(openPostgresEventLog(place)).rejects.toThrow(/have format 99, not 1/);
    expect(() => postgresLogSchemaSql('Robert"; DROP')).toThrow(TypeError);
  });

  it('warn of a server whose commits are not durable', async () => {
    const warnings: string[] = [];
    await using _log = await openPostgresEventLog({ ...lab.newPlace(), onWarning: (warning) => warnings.push(warning) });
    expect(warnings).toEqual([expect.stringMatching(/synchronous_commit is off/), expect.stringMatching(/fsync is off/)]);
  });
});

withPostgres('the verification of a Postgres log', false, (lab) => {
  const force = (schema: string, sql: string) => lab.sql(`ALTER TABLE ${schema}.events DISABLE TRIGGER USER; ${sql}; ALTER TABLE ${schema}.events ENABLE ALWAYS TRIGGER events_stay`);

  it('passes a whole log, with its progress', async () => {
    const place = lab.newPlace();
    await using log = await openPostgresEventLog(place);
    for (let round = 0; round < 3; round++) await log.append('a-1', newEvents(1_000), round * 1_000 - 1);
    const progress: number[] = [];
    const head = await verifyPostgresLog(place, ({ position }) => progress.push(position));
    expect(head).toEqual({ position: 3_000, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(progress).toEqual([1_000, 2_000, 3_000]);
  });

  const damages: [what: string, sql: (events: string) => string, finding: RegExp][] = [
    ['a changed text', (events) => `UPDATE ${events} SET data = '{"index":9}' WHERE position = 2`, /position 2 does not match its hash \(intact through position 1\)/],
    ['a changed time', (events) => `UPDATE ${events} SET recorded_at_ms = 1 WHERE position = 3`, /position 3 does not match its hash/],
    ['a changed size', (events) => `UPDATE ${events} SET bytes_through = 1 WHERE position = 1`, /position 1 does not add up in size/],
    ['a lost event', (events) => `DELETE FROM ${events} WHERE position = 2`, /position 2 is missing/],
    ['a lost end', (events) => `DELETE FROM ${events} WHERE position = 4`, /it ends at position 3 but had reached 4/],
    ['a changed end', (events) => `UPDATE ${events} SET hash = sha256('') WHERE position = 4`, /position 4 is not the event that was recorded there/],
    ['a missing column', (events) => `ALTER TABLE ${events} DROP COLUMN metadata`, /its tables are not those of an event log/],
    ['a missing index', (events) => `DROP INDEX ${events.replace('.events', '.events_by_id')}`, /it has lost or switched off events_by_id/],
  ];
  it.each(damages)('finds %s', async (_what, sql, finding) => {
    const place = lab.newPlace();
    await using log = await openPostgresEventLog(place);
    await log.append('a-1', newEvents(4), 'none');
    await force(place.schema, sql(`${place.schema}.events`));
    const verified = verifyPostgresLog(place);
    await expect(verified).rejects.toThrow(CorruptLogError);
    await expect(verified).rejects.toThrow(finding);
  });

  it('finds a guard that was switched off', async () => {
    const place = lab.newPlace();
    await using _log = await openPostgresEventLog(place);
    await lab.sql(`ALTER TABLE ${place.schema}.events DISABLE TRIGGER events_stay`);
    await expect(verifyPostgresLog(place)).rejects.toThrow(/switched off events_stay/);
  });

  it('is begun by every opening: a log that lost its end is not written', async () => {
    const place = lab.newPlace();
    const log = await openPostgresEventLog(place);
    await log.append('a-1', newEvents(4), 'none');
    await log[Symbol.asyncDispose]();
    await force(place.schema, `DELETE FROM ${place.schema}.events WHERE position = 4`);
    await expect(openPostgresEventLog(place)).rejects.toThrow(/it ends at position 3 but had reached 4/);
  });
});
